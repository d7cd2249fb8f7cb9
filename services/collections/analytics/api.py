"""HTTP for figures; docs/figures.md has the formula of each."""

from datetime import date
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query

from services.collections.analytics import cases, debts, money, orders
from services.collections.analytics.collectors import performances
from services.collections.analytics.debts import Scope
from services.collections.analytics.rules import (
    MOST_STEPS,
    AgeBucket,
    Period,
    PeriodInvalid,
    Step,
    days_of,
    period_of,
    rate,
)
from services.collections.analytics.shapes import (
    AgeingOut,
    BucketOut,
    CeiOut,
    CollectorFigures,
    CollectorsOut,
    CureOut,
    DashboardOut,
    DsoOut,
    LatencyOut,
    PrecisionOut,
    PromisesOut,
    RollOut,
    RollRatesOut,
    Spoken,
    StepOut,
    TrendsOut,
)
from shared.auth import Role, allow
from shared.db import Connection, raw
from shared.http import OrganizationId, Session, Transactional
from shared.money import MoneyOut
from shared.openapi import documented
from shared.problems import ValidationFailed, problem_docs
from shared.tenancy import Organization, UnknownOrganization, load_organization

router = APIRouter(
    prefix="/collections/analytics",
    tags=["collections"],
    route_class=Transactional,
    dependencies=[allow(Role.CLERK, Role.READ_ONLY)],
    responses=problem_docs(UnknownOrganization),
)

Currency = Annotated[
    str | None,
    Query(pattern="^[A-Z]{3}$", description="ISO 4217; the organization's if left out."),
]


class Asked(NamedTuple):
    """Whose figures of which days, and where to read them."""

    tx: Connection
    organization: Organization
    scope: Scope
    period: Period

    @property
    def spoken(self) -> dict[str, Any]:
        """The members that say what the figure is about."""
        return Spoken.spoken(self.period, self.scope.currency)

    def money(self, minor: int) -> MoneyOut:
        """An amount in the currency asked for."""
        return MoneyOut.of(minor, self.scope.currency)


@documented(ValidationFailed)
async def asked_for(
    organization_id: OrganizationId,
    session: Session,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    currency: Currency = None,
) -> Asked:
    """The organization's days from `from` to `to`: the last thirty where they are left out."""
    organization = await load_organization(session, organization_id)
    today = organization.today()
    try:
        period = period_of(first, last, today)
    except PeriodInvalid as error:
        raise ValidationFailed.of(str(error), "query", "from") from error
    scope = Scope(organization_id, currency or organization.currency, today)
    return Asked(await raw(session), organization, scope, period)


Ask = Annotated[Asked, Depends(asked_for)]


@router.get("/dashboard")
async def dashboard(ask: Ask) -> DashboardOut:
    """Accounts, outstanding, collected, recovery rate, days to settle."""
    totals = await debts.totals(ask.tx, ask.scope, ask.period.last)
    collected = await money.collected(ask.tx, ask.scope, ask.period)
    invoices, days = await debts.settled(ask.tx, ask.scope, ask.period)
    recoverable = collected.overdue_minor + totals.overdue_minor
    return DashboardOut(
        **ask.spoken,
        accounts=totals.accounts,
        overdue_accounts=totals.overdue_accounts,
        outstanding=ask.money(totals.open_minor),
        overdue=ask.money(totals.overdue_minor),
        received=ask.money(collected.received_minor),
        collected=ask.money(collected.overdue_minor),
        recovery_rate=rate(collected.overdue_minor, recoverable),
        days_to_settle=days_of(days, invoices),
        invoices_settled=invoices,
    )


@router.get("/ageing", responses=problem_docs(ValidationFailed))
async def ageing(
    organization_id: OrganizationId,
    session: Session,
    as_of: Annotated[date | None, Query()] = None,
    currency: Currency = None,
) -> AgeingOut:
    """What was open on a day (today if left out), by how long it was overdue."""
    asked = await asked_for(organization_id, session, None, as_of, currency)
    day, code = asked.period.last, asked.scope.currency
    aged = await debts.ageing(asked.tx, asked.scope, day)
    return AgeingOut(
        as_of=day,
        currency=code,
        buckets=[BucketOut.of(one, code) for one in aged],
        open=asked.money(sum(one.open_minor for one in aged)),
        disputed=asked.money(sum(one.disputed_minor for one in aged)),
        in_plan=asked.money(sum(one.in_plan_minor for one in aged)),
        invoices=sum(one.invoices for one in aged),
    )


@router.get("/collectors")
async def collectors(ask: Ask) -> CollectorsOut:
    """What each collector brought in, and earns for it."""
    found = await performances(ask.tx, ask.scope, ask.period)
    shown = [CollectorFigures.of(one, ask.scope.currency) for one in found]
    return CollectorsOut(**ask.spoken, collectors=shown)


@router.get("/trends")
async def trends(ask: Ask, by: Annotated[Step, Query()] = Step.DAY) -> TrendsOut:
    """Money, suspensions, reactivations and reminders by day, week (from Monday) or month."""
    length = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 28}[by]
    if ask.period.days // length > MOST_STEPS[by]:
        raise ValidationFailed.of(f"has more than {MOST_STEPS[by]} steps", "query", "by")
    found = await money.trend(ask.tx, ask.scope, ask.period, by)
    return TrendsOut(**ask.spoken, steps=[StepOut.of(one, ask.scope.currency) for one in found])


@router.get("/roll-rates")
async def roll_rates(ask: Ask) -> RollRatesOut:
    """Where what was open on the first day stood on the last."""
    found = await debts.rolled(ask.tx, ask.scope, ask.period)
    whole = dict.fromkeys(AgeBucket, 0)
    for one in found:
        whole[one.from_bucket] += one.open_minor
    order = (*AgeBucket, None)
    found.sort(key=lambda one: (order.index(one.from_bucket), order.index(one.to_bucket)))
    rolls = [RollOut.of(one, whole[one.from_bucket], ask.scope.currency) for one in found]
    return RollRatesOut(**ask.spoken, rolls=rolls)


@router.get("/cure")
async def cure(ask: Ask) -> CureOut:
    """Of the cases opened in the period, those that were cured."""
    found = await cases.cure(ask.tx, ask.scope, ask.period)
    return CureOut(
        **ask.spoken,
        opened=found.opened,
        cured=found.cured,
        cure_rate=rate(found.cured, found.opened),
        cure_rate_30_days=rate(found.cured_in_30, found.opened),
        cure_rate_60_days=rate(found.cured_in_60, found.opened),
        cure_rate_90_days=rate(found.cured_in_90, found.opened),
        days_to_cure=days_of(found.days, found.cured),
    )


@router.get("/promises")
async def promises(ask: Ask) -> PromisesOut:
    """Of the promises for days of the period, those that were kept."""
    found = await cases.promises(ask.tx, ask.scope, ask.period)
    return PromisesOut(
        **ask.spoken,
        promised=found.promised,
        kept=found.kept,
        broken=found.broken,
        open=found.open,
        kept_rate=rate(found.kept, found.kept + found.broken),
        promised_amount=ask.money(found.promised_minor),
        kept_amount=ask.money(found.kept_minor),
    )


@router.get("/dso")
async def dso(ask: Ask) -> DsoOut:
    """Days sales outstanding: how many days' billing is still to be paid."""
    totals = await debts.totals(ask.tx, ask.scope, ask.period.last)
    billed = await debts.billed(ask.tx, ask.scope, ask.period)
    return DsoOut(
        **ask.spoken,
        outstanding=ask.money(totals.open_minor),
        billed=ask.money(billed),
        days=ask.period.days,
        dso=rate(totals.open_minor * ask.period.days, billed),
    )


@router.get("/cei")
async def cei(ask: Ask) -> CeiOut:
    """The collection effectiveness index: collected of what could be collected."""
    opening = await debts.totals(ask.tx, ask.scope, ask.period.eve)
    billed = await debts.billed(ask.tx, ask.scope, ask.period)
    closing = await debts.totals(ask.tx, ask.scope, ask.period.last)
    not_due = closing.open_minor - closing.overdue_minor
    begun = opening.open_minor + billed
    return CeiOut(
        **ask.spoken,
        opening=ask.money(opening.open_minor),
        billed=ask.money(billed),
        closing=ask.money(closing.open_minor),
        closing_not_due=ask.money(not_due),
        cei=rate(begun - closing.open_minor, begun - not_due),
    )


@router.get("/latency")
async def latency(ask: Ask) -> LatencyOut:
    """How long it took from a payment to the line it brought back."""
    found = await orders.latency(ask.tx, ask.scope, ask.period)
    return LatencyOut.of(found, ask.spoken)


@router.get("/precision")
async def precision(ask: Ask) -> PrecisionOut:
    """How many of the period's suspensions were right."""
    found = await orders.precision(ask.tx, ask.scope, ask.period)
    wrong = found.taken_back + found.paid_before
    return PrecisionOut(
        **ask.spoken,
        suspensions=found.suspensions,
        taken_back=found.taken_back,
        paid_before=found.paid_before,
        precision=rate(found.suspensions - wrong, found.suspensions),
    )
