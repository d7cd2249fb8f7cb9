"""Collectors as stored."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class Collector(Base):
    """A user who works cases; a user is at most one collector of an organization."""

    __tablename__ = "collector"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    user_id: Mapped[UUID]
    name: Mapped[str]
    capacity: Mapped[int]
    commission_rate: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    segments: Mapped[list[str]] = mapped_column(ARRAY(Text))
    active: Mapped[bool] = mapped_column(default=True)
    turn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
