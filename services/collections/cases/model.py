"""Cases as stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base
from services.collections.cases.rules import CaseStatus


class Case(Base):
    """One episode of debt of a customer or a line, and the work on it."""

    __tablename__ = "dunning_case"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(default=CaseStatus.NEW.value)
    closed_reason: Mapped[str | None]
    opened_by: Mapped[str]
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    covers_until: Mapped[date | None]
    cured_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    currency: Mapped[str]
    debt_minor: Mapped[int]
    oldest_due_on: Mapped[date | None]
    segment: Mapped[str | None]
    stage: Mapped[str | None]
    stage_kind: Mapped[str | None]
    stage_on: Mapped[date | None]
    priority: Mapped[int] = mapped_column(default=0)
    broken_promises: Mapped[int] = mapped_column(default=0)
    collector_id: Mapped[UUID | None]
    assigned_at: Mapped[datetime | None]
    last_contact_at: Mapped[datetime | None]
    next_action_on: Mapped[date | None]
    leased_by: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class CaseStage(Base):
    """A stage of the policy that a case has come to; never taken back."""

    __tablename__ = "case_stage"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    organization_id: Mapped[UUID]
    kind: Mapped[str]
    reached_on: Mapped[date]
    reached_at: Mapped[datetime]
    decision_id: Mapped[UUID | None]
