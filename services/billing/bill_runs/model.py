"""Bill runs, what failed in them, and the periods they billed, as lists show them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.base import Base


class BillRun(Base):
    """One run over what is to be billed in some days; written by store.py alone."""

    __tablename__ = "bill_run"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    period_from: Mapped[date]
    period_to: Mapped[date]
    plan_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    customer_id: Mapped[UUID | None]
    automatic: Mapped[bool]
    state: Mapped[str]
    currency: Mapped[str]
    expected: Mapped[int]
    examined: Mapped[int]
    invoices: Mapped[int]
    skipped: Mapped[int]
    failed: Mapped[int]
    total_minor: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    worked_at: Mapped[datetime | None]


class BillRunFailure(Base):
    """A subscription that a run could not bill."""

    __tablename__ = "bill_run_failure"

    bill_run_id: Mapped[UUID] = mapped_column(primary_key=True)
    subscription_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    period_start: Mapped[date]
    code: Mapped[str]
    message: Mapped[str]


class SubscriptionPeriod(Base):
    """A period of a subscription, and what became of it."""

    __tablename__ = "subscription_period"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subscription_id: Mapped[UUID]
    period_start: Mapped[date]
    organization_id: Mapped[UUID]
    period_end: Mapped[date]
    outcome: Mapped[str]
    invoice_id: Mapped[UUID | None]
    bill_run_id: Mapped[UUID]
    total_minor: Mapped[int]
    charges: Mapped[dict[str, Any]] = mapped_column(JSONB)
