"""Safety stops as stored."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class SafetyStop(Base):
    """A day or a run that waits for two people, and what they decided."""

    __tablename__ = "safety_stop"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    run_id: Mapped[UUID]
    status: Mapped[str]
    would_suspend: Mapped[int]
    lines_on: Mapped[int]
    usual: Mapped[int]
    limit_lines: Mapped[int]
    moved: Mapped[dict[str, Any]] = mapped_column(JSON)
    stopped_at: Mapped[datetime]
    first_released_by: Mapped[UUID | None]
    first_released_at: Mapped[datetime | None]
    released_by: Mapped[UUID | None]
    released_at: Mapped[datetime | None]
    dismissed_by: Mapped[UUID | None]
    dismissed_at: Mapped[datetime | None]
