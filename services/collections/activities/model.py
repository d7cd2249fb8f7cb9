"""Activities as stored."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class Activity(Base):
    """Something that was done on a case."""

    __tablename__ = "activity"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str | None]
    note: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
