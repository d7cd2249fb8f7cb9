"""Figures as the API shows them."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.collections.analytics.collectors import Performance
from services.collections.analytics.debts import Aged, Rolled
from services.collections.analytics.money import Trend
from services.collections.analytics.orders import Latency
from services.collections.analytics.rules import AgeBucket, Period, commission_minor, rate
from shared.money import MoneyOut

Rate = Annotated[
    Decimal | None,
    Field(description="A quotient with four decimals; null without a denominator."),
]
POINTS = (50, 90, 95, 99)


class Spoken(BaseModel):
    """The days a figure speaks of."""

    model_config = ConfigDict(populate_by_name=True)

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    currency: str

    @classmethod
    def spoken(cls, period: Period, currency: str) -> dict[str, object]:
        """The members every figure of a period has."""
        return {"first": period.first, "last": period.last, "currency": currency}


class DashboardOut(Spoken):
    """How collections stand on the last day, and went in the period."""

    accounts: int = Field(description="Customers who owed something on the last day.")
    overdue_accounts: int
    outstanding: MoneyOut
    overdue: MoneyOut
    received: MoneyOut = Field(description="Money that came in the period, less what went back.")
    collected: MoneyOut = Field(description="Of it, what was put against overdue invoices.")
    recovery_rate: Rate
    days_to_settle: Decimal | None = Field(description="Mean of the invoices settled.")
    invoices_settled: int


class BucketOut(BaseModel):
    """What is open in one bucket; disputed and in plan are parts of `open`."""

    bucket: AgeBucket
    accounts: int
    invoices: int
    open: MoneyOut
    disputed: MoneyOut
    in_plan: MoneyOut

    @classmethod
    def of(cls, aged: Aged, currency: str) -> Self:
        """Show a bucket."""
        return cls(
            bucket=aged.bucket,
            accounts=aged.accounts,
            invoices=aged.invoices,
            open=MoneyOut.of(aged.open_minor, currency),
            disputed=MoneyOut.of(aged.disputed_minor, currency),
            in_plan=MoneyOut.of(aged.in_plan_minor, currency),
        )


class AgeingOut(BaseModel):
    """What was open on a day, by how long it was overdue."""

    as_of: date
    currency: str
    buckets: list[BucketOut]
    open: MoneyOut
    disputed: MoneyOut
    in_plan: MoneyOut
    invoices: int


class CollectorFigures(BaseModel):
    """What a collector brought about in the period, and had to do on its last day."""

    collector_id: UUID
    name: str
    active: bool
    cases_open: int = Field(description="On the last day.")
    cases_cured: int
    debt: MoneyOut = Field(description="Of the open cases, on the last day.")
    payments: int
    collected: MoneyOut
    recovery_rate: Rate
    commission_rate: Decimal = Field(description="Now.")
    commission: MoneyOut = Field(description="Each credit by the rate in force then.")

    @classmethod
    def of(cls, made: Performance, currency: str) -> Self:
        """Show a collector's performance."""
        commission = commission_minor(made.earned_minor)
        return cls(
            collector_id=made.collector_id,
            name=made.name,
            active=made.active,
            cases_open=made.cases_open,
            cases_cured=made.cases_cured,
            debt=MoneyOut.of(made.debt_minor, currency),
            payments=made.payments,
            collected=MoneyOut.of(made.collected_minor, currency),
            recovery_rate=rate(made.collected_minor, made.collected_minor + made.debt_minor),
            commission_rate=made.commission_rate,
            commission=MoneyOut.of(commission, currency),
        )


class CollectorsOut(Spoken):
    """Every collector, who brought in most first."""

    collectors: list[CollectorFigures]


class StepOut(BaseModel):
    """One step of a trend."""

    model_config = ConfigDict(populate_by_name=True)

    starts: date = Field(alias="from")
    ends: date = Field(alias="to")
    received: MoneyOut
    allocated: MoneyOut
    suspensions: int
    reactivations: int
    reminders: int

    @classmethod
    def of(cls, trend: Trend, currency: str) -> Self:
        """Show a step."""
        return cls(
            starts=trend.starts,
            ends=trend.ends,
            received=MoneyOut.of(trend.received_minor, currency),
            allocated=MoneyOut.of(trend.allocated_minor, currency),
            suspensions=trend.suspended,
            reactivations=trend.reactivated,
            reminders=trend.reminded,
        )


class TrendsOut(Spoken):
    """A period in steps, those in which nothing happened too."""

    steps: list[StepOut]


class RollOut(BaseModel):
    """What of one bucket was in another (`settled`: open no more) at the end."""

    from_bucket: AgeBucket
    to_bucket: str
    invoices: int
    open: MoneyOut = Field(description="On the first day.")
    rate: Rate

    @classmethod
    def of(cls, rolled: Rolled, whole_minor: int, currency: str) -> Self:
        """Show a roll."""
        return cls(
            from_bucket=rolled.from_bucket,
            to_bucket=rolled.to_bucket.value if rolled.to_bucket else "settled",
            invoices=rolled.invoices,
            open=MoneyOut.of(rolled.open_minor, currency),
            rate=rate(rolled.open_minor, whole_minor),
        )


class RollRatesOut(Spoken):
    """Where what was open on the first day stood on the last."""

    rolls: list[RollOut]


class CureOut(Spoken):
    """What became of the cases opened in the period."""

    opened: int
    cured: int
    cure_rate: Rate
    cure_rate_30_days: Rate
    cure_rate_60_days: Rate
    cure_rate_90_days: Rate
    days_to_cure: Decimal | None


class PromisesOut(Spoken):
    """What became of the promises for days of the period."""

    promised: int
    kept: int
    broken: int
    open: int
    kept_rate: Rate = Field(description="Kept of kept and broken.")
    promised_amount: MoneyOut
    kept_amount: MoneyOut


class DsoOut(Spoken):
    """Days sales outstanding."""

    outstanding: MoneyOut
    billed: MoneyOut
    days: int
    dso: Decimal | None


class CeiOut(Spoken):
    """The collection effectiveness index: 1 is everything that could be collected."""

    opening: MoneyOut
    billed: MoneyOut
    closing: MoneyOut
    closing_not_due: MoneyOut
    cei: Rate


class LatencyOut(Spoken):
    """The time from a payment to the line it brought back, in seconds."""

    measured: int
    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    longest: float | None
    within_1_second: int
    within_5_seconds: int
    within_1_minute: int
    within_1_hour: int
    longer: int

    @classmethod
    def of(cls, found: Latency, spoken: dict[str, object]) -> Self:
        """Show a distribution."""
        points = found.points or []
        named = dict.fromkeys((f"p{name}" for name in POINTS), None) | {
            f"p{name}": value for name, value in zip(POINTS, points, strict=False)
        }
        return cls.model_validate(
            {
                **spoken,
                **named,
                "measured": found.measured,
                "mean": found.mean,
                "longest": found.longest,
                "within_1_second": found.within_1,
                "within_5_seconds": found.within_5,
                "within_1_minute": found.within_60,
                "within_1_hour": found.within_3600,
                "longer": found.longer,
            }
        )


class PrecisionOut(Spoken):
    """How many suspensions of the period were right."""

    suspensions: int
    taken_back: int = Field(description="Within a week, for another reason than money.")
    paid_before: int = Field(description="Taken back for money that had come before the day.")
    precision: Rate
