"""Exemptions as stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class Exemption(Base):
    """A moratorium of a customer, a line or an area; exactly one of the three is named."""

    __tablename__ = "exemption"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    line_id: Mapped[UUID | None]
    area: Mapped[str | None]
    reason: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]
