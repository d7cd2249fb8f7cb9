"""Runs as stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base
from services.collections.runs.rules import RunStatus


class Run(Base):
    """One judging anew of all lines of an organization that owe or are off."""

    __tablename__ = "run"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    reason: Mapped[str]
    requested_by: Mapped[UUID | None]
    requested_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=RunStatus.PENDING.value)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    examined: Mapped[int] = mapped_column(default=0)
    suspended: Mapped[int] = mapped_column(default=0)
    reactivated: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    warned: Mapped[int] = mapped_column(default=0)
    for_day: Mapped[date | None]


class RunFailure(Base):
    """A line that a run could not judge, and why."""

    __tablename__ = "run_failure"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    error: Mapped[str]
    failed_at: Mapped[datetime]
