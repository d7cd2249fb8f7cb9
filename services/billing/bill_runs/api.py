"""HTTP <-> bill runs, and what they made of subscriptions."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import Response
from sqlalchemy import select

from services.billing.bill_runs import operations, store, subjects
from services.billing.bill_runs.desk import Desk
from services.billing.bill_runs.model import BillRun, BillRunFailure, SubscriptionPeriod
from services.billing.bill_runs.preview import preview, warnings
from services.billing.bill_runs.problems import BillRunOpen, BillRunOver, PeriodOutOfReach
from services.billing.bill_runs.schemas import (
    AdjustmentOut,
    AdjustmentsOut,
    BillRunIn,
    BillRunOut,
    BillRunState,
    FailureOut,
    PeriodOut,
    PreviewOut,
)
from services.billing.bill_runs.subjects import Selection
from services.billing.bill_runs.words import Words
from services.billing.plans.api import Tenant
from shared.auth import Caller, Role, allow
from shared.db import Connection, raw
from shared.http import APIRouter, OrganizationId, Session, Transactional
from shared.money import MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import NotFound, problem_docs
from shared.tenancy import Organization, UnknownOrganization

router = APIRouter(tags=["bill runs"], route_class=Transactional)

WRITERS: Final = [allow(Role.CLERK)]
MOST_AHEAD: Final = timedelta(days=31)
MOST_BACK: Final = timedelta(days=731)
RUNS_BY: Final[dict[str, Any]] = {"created_at": BillRun.created_at}
FAILURES_BY: Final[dict[str, Any]] = {"subscription_id": BillRunFailure.subscription_id}
PERIODS_BY_ID: Final[dict[str, Any]] = {"id": SubscriptionPeriod.id}
PERIODS_BY_DAY: Final[dict[str, Any]] = {"period_from": SubscriptionPeriod.period_start}


@router.post(
    "/bill-runs/preview",
    dependencies=WRITERS,
    responses=problem_docs(PeriodOutOfReach, UnknownOrganization),
)
async def preview_bill_run(body: BillRunIn, session: Session, organization: Tenant) -> PreviewOut:
    """What a run would do: sums, samples and warnings. Nothing is written."""
    connection = await raw(session)
    selection = await _selection(connection, organization, body)
    found = await preview(connection, organization, selection)
    said = await warnings(connection, selection)
    days = (selection.period_from, selection.period_to)
    return PreviewOut.of(found, said, days, organization.currency)


@router.post(
    "/bill-runs",
    status_code=202,
    dependencies=WRITERS,
    responses=problem_docs(BillRunOpen, PeriodOutOfReach, UnknownOrganization),
)
async def start_bill_run(
    body: BillRunIn, session: Session, organization: Tenant, caller: Caller, response: Response
) -> BillRunOut:
    """Bill every period that is to be billed on these days. Billing them again bills nothing."""
    connection = await raw(session)
    selection = await _selection(connection, organization, body)
    run_id = await operations.start(connection, organization, selection, by=caller.name)
    if run_id is None:
        raise BillRunOpen
    response.headers["Location"] = f"/bill-runs/{run_id}"
    return BillRunOut.of(await _read(session, organization.id, run_id))


@router.get("/bill-runs", responses=problem_docs(BadSort, BadCursor))
async def list_bill_runs(
    paging: Paging,
    session: Session,
    organization_id: OrganizationId,
    state: BillRunState | None = None,
) -> Page[BillRunOut]:
    """Bill runs, the latest first."""
    query = select(BillRun).where(BillRun.organization_id == organization_id)
    if state is not None:
        query = query.where(BillRun.state == state.value)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=RUNS_BY,
        default="-created_at",
        key=BillRun.id.expression,
    )
    return Page(items=[BillRunOut.of(run) for (run,) in rows], next=following)


@router.get("/bill-runs/{bill_run_id}", responses=problem_docs(NotFound))
async def get_bill_run(
    bill_run_id: UUID, session: Session, organization_id: OrganizationId
) -> BillRunOut:
    """One run and how far it is."""
    return BillRunOut.of(await _read(session, organization_id, bill_run_id))


@router.post(
    "/bill-runs/{bill_run_id}/cancel",
    dependencies=WRITERS,
    responses=problem_docs(NotFound, BillRunOver),
)
async def cancel_bill_run(
    bill_run_id: UUID, session: Session, organization_id: OrganizationId
) -> BillRunOut:
    """End a run where it is; what it has billed stays billed."""
    connection = await raw(session)
    run = await store.lock(connection, organization_id, bill_run_id)
    if run is None:
        raise NotFound("bill run", bill_run_id)
    if run.state not in (BillRunState.QUEUED, BillRunState.RUNNING):
        raise BillRunOver(bill_run_id, run.state)
    await store.cancel(connection, bill_run_id)
    return BillRunOut.of(await _read(session, organization_id, bill_run_id))


@router.get(
    "/bill-runs/{bill_run_id}/failures", responses=problem_docs(NotFound, BadSort, BadCursor)
)
async def list_bill_run_failures(
    bill_run_id: UUID, paging: Paging, session: Session, organization_id: OrganizationId
) -> Page[FailureOut]:
    """The subscriptions a run could not bill, and why."""
    await _read(session, organization_id, bill_run_id)
    query = select(BillRunFailure).where(
        BillRunFailure.bill_run_id == bill_run_id,
        BillRunFailure.organization_id == organization_id,
    )
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=FAILURES_BY,
        default="subscription_id",
        key=BillRunFailure.subscription_id.expression,
    )
    return Page(items=[FailureOut.of(failure) for (failure,) in rows], next=following)


@router.get(
    "/bill-runs/{bill_run_id}/periods",
    responses=problem_docs(NotFound, BadSort, BadCursor, UnknownOrganization),
)
async def list_bill_run_periods(
    bill_run_id: UUID, paging: Paging, session: Session, organization: Tenant
) -> Page[PeriodOut]:
    """The periods a run billed or passed over, with their invoices."""
    run = await _read(session, organization.id, bill_run_id)
    query = select(SubscriptionPeriod).where(
        SubscriptionPeriod.bill_run_id == bill_run_id,
        SubscriptionPeriod.organization_id == organization.id,
    )
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=PERIODS_BY_ID,
        default="id",
        key=SubscriptionPeriod.id.expression,
    )
    return Page(items=[PeriodOut.of(period, run.currency) for (period,) in rows], next=following)


@router.get(
    "/subscriptions/{subscription_id}/periods",
    responses=problem_docs(BadSort, BadCursor, UnknownOrganization),
)
async def list_subscription_periods(
    subscription_id: UUID, paging: Paging, session: Session, organization: Tenant
) -> Page[PeriodOut]:
    """The periods of a subscription that were billed or passed over, the latest first."""
    query = select(SubscriptionPeriod).where(
        SubscriptionPeriod.subscription_id == subscription_id,
        SubscriptionPeriod.organization_id == organization.id,
    )
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=PERIODS_BY_DAY,
        default="-period_from",
        key=SubscriptionPeriod.id.expression,
    )
    items = [PeriodOut.of(period, organization.currency) for (period,) in rows]
    return Page(items=items, next=following)


@router.get(
    "/subscriptions/{subscription_id}/adjustments",
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def get_subscription_adjustments(
    subscription_id: UUID, session: Session, organization: Tenant
) -> AdjustmentsOut:
    """What is still to be asked or given back for periods billed before, as it stands today.

    The next invoice carries it. What a cancelled subscription has not used is credited by itself,
    on its last day; what stays here was more than its invoices can be credited.
    """
    connection = await raw(session)
    subject, plans = await subjects.one(connection, organization.id, subscription_id)
    if subject is None:
        raise NotFound("subscription", subscription_id)
    currency, words = organization.currency, Words.of(organization.locale)
    desk = Desk(subject, plans, currency, words)
    found = [(each, desk.worth(each)) for each in desk.differences()]
    items = [
        AdjustmentOut(
            period_from=each.billed.start,
            period_to=each.billed.end - timedelta(days=1),
            plan_id=each.plan.id,
            plan_name=each.plan.name,
            amount=MoneyOut.of(minor, currency),
        )
        for each, minor in found
    ]
    total = MoneyOut.of(sum(minor for _, minor in found), currency)
    return AdjustmentsOut(items=items, total=total)


async def _selection(
    connection: Connection, organization: Organization, body: BillRunIn
) -> Selection:
    """What a caller asked for, with its days made definite."""
    today = organization.today()
    first, last = today - MOST_BACK, today + MOST_AHEAD
    until = body.period_to or today
    since: date | None = body.period_from
    if not first <= until <= last or (since and not first <= since <= until):
        raise PeriodOutOfReach(first, last)
    if since is None:
        since = await store.first_due(connection, organization.id, until) or until
    return Selection(organization.id, since, until, body.plan_ids, body.customer_id)


async def _read(session: Session, organization_id: UUID, run_id: UUID) -> BillRun:
    query = select(BillRun).where(BillRun.id == run_id, BillRun.organization_id == organization_id)
    run = (await session.scalars(query)).one_or_none()
    if run is None:
        raise NotFound("bill run", run_id)
    return run
