"""The category."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.billing.base import Base


class Category(Base):
    """A kind of income of an organization; one is what an item has when it names none."""

    __tablename__ = "category"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    name: Mapped[str]
    colour: Mapped[str | None]
    active: Mapped[bool]
    is_default: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
