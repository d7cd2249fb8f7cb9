"""Exports as stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class ExportJob(Base):
    """A list on its way into a file."""

    __tablename__ = "export_job"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    kind: Mapped[str]
    first_on: Mapped[date | None] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    status: Mapped[str]
    requested_by: Mapped[UUID]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    rows: Mapped[int]
    bytes: Mapped[int]
    error: Mapped[str | None]
    expires_at: Mapped[datetime | None]
