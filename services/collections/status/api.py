"""HTTP for where lines and the organization stand."""

from datetime import date, datetime, timedelta
from typing import Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.collections.decisions import store as decisions
from services.collections.decisions.api import DecisionOut
from services.collections.decisions.rules import Outcome, sums_by_currency
from services.collections.decisions.store import Shown
from services.collections.policies.rules import SuspendScope
from services.collections.status import operations, store
from services.collections.status.operations import Standing
from shared.auth import Role, allow
from shared.contracts.customers import LineStatus
from shared.db import raw
from shared.http import OrganizationId, Session, Transactional
from shared.money import MoneyOut
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(tags=["collections"], route_class=Transactional)

LAST_DECISIONS = 10


class OrderOut(BaseModel):
    """The last order given for a line."""

    ordered: Literal["suspend", "reactivate"]
    generation: int
    decision_id: UUID
    ordered_at: datetime
    carried_out: bool = Field(description="Whether the line was seen to have followed it.")


class CollectionsStatus(BaseModel):
    """Where a line stands with its debts, and how it came there."""

    line_id: UUID
    line_number: int
    customer_id: UUID
    customer_name: str | None
    status: LineStatus
    suspended_for_non_payment: bool = Field(description="By fact or by the last order.")
    order: OrderOut | None
    why: str
    suspend_scope: SuspendScope = Field(description="Whose debts are counted below.")
    overdue_count: int
    overdue_amount: MoneyOut = Field(description="In the organization's currency.")
    overdue_in_other_currencies: list[MoneyOut]
    oldest_due_on: date | None
    days_overdue: int
    decisions: list[DecisionOut] = Field(description=f"The last {LAST_DECISIONS}.")

    @classmethod
    def of(cls, standing: Standing, latest: list[Shown]) -> Self:
        """Show where a line stands."""
        line, overdue = standing.line, standing.verdict.overdue
        sums = sums_by_currency(overdue)
        currency = standing.terms.organization.currency
        return cls(
            line_id=line.line_id,
            line_number=line.number,
            customer_id=line.customer_id,
            customer_name=line.customer_name,
            status=LineStatus(line.status),
            suspended_for_non_payment=standing.off,
            order=_order(standing),
            why=standing.why,
            suspend_scope=standing.terms.policy.suspend_scope,
            overdue_count=len(overdue),
            overdue_amount=MoneyOut.of(sums.pop(currency, 0), currency),
            overdue_in_other_currencies=[
                MoneyOut.of(minor, other) for other, minor in sorted(sums.items())
            ],
            oldest_due_on=overdue[0].due_on if overdue else None,
            days_overdue=(standing.terms.today - overdue[0].due_on).days if overdue else 0,
            decisions=[DecisionOut.of(shown) for shown in latest],
        )


class OverdueOut(BaseModel):
    """What is overdue in one currency."""

    amount: MoneyOut
    invoices: int


class CollectionsSummary(BaseModel):
    """An organization's collections at a glance."""

    today: date = Field(description="The date on the organization's calendar.")
    suspended_lines: int = Field(description="Ordered off for non-payment.")
    overdue_customers: int
    overdue: list[OverdueOut] = Field(description="One for each currency.")
    decisions_today: dict[Outcome, int]


def _order(standing: Standing) -> OrderOut | None:
    line = standing.line
    if line.ordered is None:
        return None
    return OrderOut.model_validate(
        {
            "ordered": line.ordered,
            "generation": line.generation,
            "decision_id": line.decision_id,
            "ordered_at": line.ordered_at,
            "carried_out": line.seen >= line.generation,
        }
    )


@router.get(
    "/lines/{line_id}/collections-status",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def get_collections_status(
    line_id: UUID, organization_id: OrganizationId, session: Session
) -> CollectionsStatus:
    """Whether a line is suspended for what is owed, why, and the last decisions on it."""
    found = await operations.standing(session, organization_id, line_id)
    latest = await decisions.latest_of_line(session, organization_id, line_id, LAST_DECISIONS)
    return CollectionsStatus.of(found, latest)


@router.get(
    "/collections/summary",
    dependencies=[allow(*Role)],
    responses=problem_docs(UnknownOrganization),
)
async def get_collections_summary(
    organization_id: OrganizationId, session: Session
) -> CollectionsSummary:
    """How many are overdue and suspended, and what was decided today."""
    terms = await operations.terms_of(session, organization_id)
    tx = await raw(session)
    start = terms.organization.instant_of(terms.today)
    end = terms.organization.instant_of(terms.today + timedelta(days=1))
    counts = await store.counts(tx, organization_id, terms.today)
    overdue = await store.overdue(tx, organization_id, terms.today)
    decided = await store.decisions_between(tx, organization_id, start, end)
    return CollectionsSummary(
        today=terms.today,
        suspended_lines=counts.suspended_lines,
        overdue_customers=counts.overdue_customers,
        overdue=[
            OverdueOut(amount=MoneyOut.of(each.open_minor, each.currency), invoices=each.invoices)
            for each in overdue
        ],
        decisions_today={outcome: decided.get(outcome.value, 0) for outcome in Outcome},
    )
