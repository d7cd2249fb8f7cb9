"""Bill runs as the API takes and shows them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.billing.bill_runs.model import BillRun, BillRunFailure, SubscriptionPeriod
from services.billing.bill_runs.preview import Preview
from services.billing.bill_runs.rules import PeriodBill, PeriodOutcome
from services.billing.invoices.rules import Priced
from services.billing.plans.schemas import plain
from services.billing.proration.rules import Subject
from shared.money import MoneyOut


class BillRunState(StrEnum):
    """Where a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class BillRunIn(BaseModel):
    """What to bill: whatever is to be billed on these days."""

    period_from: date | None = Field(
        None, description="The first day; whatever was not billed before when left out."
    )
    period_to: date | None = Field(None, description="The last day; today when left out.")
    plan_ids: list[UUID] | None = Field(
        None, min_length=1, max_length=200, description="Only subscriptions to these plans."
    )
    customer_id: UUID | None = None


class BillRunOut(BaseModel):
    """A run and how far it is."""

    id: UUID
    state: BillRunState
    period_from: date
    period_to: date
    plan_ids: list[UUID] | None
    customer_id: UUID | None
    automatic: bool = Field(description="Started by the terms, not by a person.")
    expected: int = Field(description="Subscriptions to look at when it was started.")
    examined: int
    invoices: int
    skipped: int = Field(description="Periods without an invoice: nothing served, or covered.")
    failed: int = Field(description="Subscriptions that could not be billed.")
    total: MoneyOut
    per_second: float | None = Field(description="Subscriptions examined.")
    seconds_left: int | None = Field(description="At that rate; null when it is over.")
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, run: BillRun) -> Self:
        """Show a run."""
        rate = None
        if run.started_at and run.worked_at and run.examined:
            seconds = (run.worked_at - run.started_at) / timedelta(seconds=1)
            rate = round(run.examined / seconds, 1) if seconds > 0 else None
        left = None
        if rate and run.finished_at is None:
            left = round(max(0, run.expected - run.examined) / rate)
        same = set(cls.model_fields) - {"total", "per_second", "seconds_left"}
        return cls(
            **{name: getattr(run, name) for name in same},
            total=MoneyOut.of(run.total_minor, run.currency),
            per_second=rate,
            seconds_left=left,
        )


class FailureOut(BaseModel):
    """A subscription that could not be billed, and why."""

    subscription_id: UUID
    period_start: date
    code: str
    message: str

    @classmethod
    def of(cls, failure: BillRunFailure) -> Self:
        """Show a failure."""
        return cls(**{name: getattr(failure, name) for name in cls.model_fields})


class PeriodOut(BaseModel):
    """A period of a subscription, and what became of it."""

    subscription_id: UUID
    period_from: date
    period_to: date = Field(description="The last day.")
    outcome: PeriodOutcome
    invoice_id: UUID | None
    bill_run_id: UUID
    total: MoneyOut

    @classmethod
    def of(cls, period: SubscriptionPeriod, currency: str) -> Self:
        """Show a period."""
        same = ("subscription_id", "outcome", "invoice_id", "bill_run_id")
        return cls(
            **{name: getattr(period, name) for name in same},
            period_from=period.period_start,
            period_to=_last(period.period_start, period.period_end),
            total=MoneyOut.of(period.total_minor, currency),
        )


class PreviewItem(BaseModel):
    """An item of an invoice that would be issued; one that gives back is negative."""

    description: str
    quantity: str
    unit_price: MoneyOut
    tax_rate: str
    net: MoneyOut
    tax: MoneyOut

    @classmethod
    def of(cls, item: Priced, currency: str) -> Self:
        """Show an item."""
        charge = item.charge
        return cls(
            description=charge.description,
            quantity=plain(charge.quantity),
            unit_price=MoneyOut.of(charge.unit_price_minor, currency),
            tax_rate=plain(charge.tax_rate),
            net=MoneyOut.of(item.net_minor, currency),
            tax=MoneyOut.of(item.tax_minor, currency),
        )


class PreviewSample(BaseModel):
    """An invoice that would be issued."""

    subscription_id: UUID
    customer_id: UUID
    line_id: UUID | None
    period_from: date
    period_to: date = Field(description="The last day.")
    total: MoneyOut
    items: list[PreviewItem]

    @classmethod
    def of(cls, subject: Subject, period: PeriodBill, currency: str) -> Self:
        """Show a sample."""
        return cls(
            subscription_id=subject.id,
            customer_id=subject.customer_id,
            line_id=subject.line_id,
            period_from=period.start,
            period_to=_last(period.start, period.end),
            total=MoneyOut.of(period.sums.total_minor, currency),
            items=[PreviewItem.of(item, currency) for item in period.items],
        )


class Warned(BaseModel):
    """Something the run would leave out."""

    code: str
    count: int
    message: str


class PreviewOut(BaseModel):
    """What a run would do."""

    period_from: date
    period_to: date
    subscriptions: int
    invoices: int
    subtotal: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    outcomes: dict[PeriodOutcome, int] = Field(description="Periods by what becomes of them.")
    failed: int
    failures: list[FailureOut] = Field(description="The first of them.")
    samples: list[PreviewSample] = Field(description="The first invoices.")
    warnings: list[Warned]
    complete: bool = Field(description="False: there are more subscriptions than were looked at.")

    @classmethod
    def of(
        cls,
        found: Preview,
        warnings: Sequence[tuple[str, int, str]],
        days: tuple[date, date],
        currency: str,
    ) -> Self:
        """Show a preview."""

        def money(minor: int) -> MoneyOut:
            return MoneyOut.of(minor, currency)

        return cls(
            period_from=days[0],
            period_to=days[1],
            subscriptions=found.subscriptions,
            invoices=found.invoices,
            subtotal=money(found.subtotal_minor),
            tax=money(found.tax_minor),
            total=money(found.subtotal_minor + found.tax_minor),
            outcomes={outcome: found.outcomes[outcome] for outcome in PeriodOutcome},
            failed=found.failed,
            failures=[
                FailureOut(
                    subscription_id=id_,
                    period_start=failure.start,
                    code=failure.code,
                    message=failure.message,
                )
                for id_, failure in found.failures
            ],
            samples=[PreviewSample.of(*sample, currency) for sample in found.samples],
            warnings=[
                Warned(code=code, count=count, message=message) for code, count, message in warnings
            ],
            complete=found.complete,
        )


class AdjustmentOut(BaseModel):
    """What an earlier period should have been charged more, or less, under one plan."""

    period_from: date
    period_to: date = Field(description="The last day.")
    plan_id: UUID
    plan_name: str
    amount: MoneyOut = Field(description="With tax; negative: to give back.")


class AdjustmentsOut(BaseModel):
    """What is still to be made good of a subscription's billed periods."""

    items: list[AdjustmentOut]
    total: MoneyOut = Field(description="With tax; negative: to give back.")


def _last(start: date, end: date) -> date:
    """The last day of a period that ends before `end`."""
    return max(start, end - timedelta(days=1))
