"""HTTP for decisions: why a line was suspended, switched back on, or left alone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from services.collections.decisions import store
from services.collections.decisions.record import read_conditions, read_debts
from services.collections.decisions.replay import Replayed, replay
from services.collections.decisions.rules import Condition, ConditionName, Debt, Outcome
from services.collections.decisions.store import Filters, Shown
from services.collections.decisions.words import amounts, days, explain
from services.collections.policies.rules import Policy, SuspendScope
from shared.auth import Role, allow
from shared.contracts.customers import LineStatus
from shared.http import OrganizationId, Session, Transactional
from shared.money import Money, MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/decisions", tags=["collections"], route_class=Transactional)


REQUIRED: Final[Mapping[ConditionName, str]] = {
    ConditionName.POLICY_ACTIVE: "true",
    ConditionName.NOT_PAUSED: "not all of it",
    ConditionName.NOT_EXEMPT: "no exemption",
    ConditionName.NOT_ESSENTIAL: "false",
    ConditionName.HAS_LINE: "a line",
    ConditionName.STAGE_DAY: "as many days overdue",
    ConditionName.STAGES_BEFORE: "the stages before it long enough ago",
    ConditionName.STAGE_CONDITION: "a stage that cuts whose condition holds",
    ConditionName.WINDOW_OPEN: "an open window of the calendar",
    ConditionName.NOT_RESTORED: "still owed by that rule",
}


class DebtOut(BaseModel):
    """An overdue invoice that was counted."""

    invoice_id: UUID
    number: str
    open: MoneyOut
    due_on: date
    days_overdue: int

    @classmethod
    def of(cls, debt: Debt, today: date) -> Self:
        """Show a debt as it stood on a day."""
        return cls(
            invoice_id=debt.invoice_id,
            number=debt.number,
            open=MoneyOut.of(debt.open_minor, debt.currency),
            due_on=debt.due_on,
            days_overdue=(today - debt.due_on).days,
        )


class ConditionOut(BaseModel):
    """One condition of a suspension: what was found, what it takes, and whether it holds."""

    name: ConditionName
    found: str = Field(examples=["12"])
    required: str = Field(examples=["more than 3 days"])
    holds: bool

    @classmethod
    def of(cls, condition: Condition, policy: Policy) -> Self:
        """Show a condition against the policy that asked for it."""
        name, value, holds = condition
        return cls(name=name, found=_found(value), required=_required(name, policy), holds=holds)


class PolicyApplied(BaseModel):
    """The policy version a decision went by."""

    version: int
    grace_days: int
    minimum_debt: MoneyOut
    suspend_scope: SuspendScope
    active: bool

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Show the terms of a version."""
        return cls(
            version=policy.version,
            grace_days=policy.grace_days,
            minimum_debt=MoneyOut.of(policy.minimum_minor, policy.currency),
            suspend_scope=policy.suspend_scope,
            active=policy.active,
        )


class CauseOut(BaseModel):
    """What brought the evaluation about."""

    type: str = Field(examples=["billing.invoice-overdue.v1"])
    event_id: UUID | None = Field(description="Null for the clock of grace days and for runs.")
    run_id: UUID | None


class DecisionOut(BaseModel):
    """The record of one evaluation of one line, or of what a customer owes without one."""

    id: UUID
    line_id: UUID | None = Field(description="Null: the customer, without a line.")
    line_number: int | None
    customer_id: UUID
    customer_name: str | None
    outcome: Outcome
    why: str = Field(examples=["Switched back on: nothing is overdue."])
    generation: int | None = Field(description="Of the order that followed; null without one.")
    cause: CauseOut
    today: date = Field(description="The date on the organization's calendar.")
    decided_at: datetime

    @classmethod
    def of(cls, shown: Shown) -> Self:
        """Show a stored decision."""
        return cls(**_summary(shown))


class DecisionDetail(DecisionOut):
    """The same with everything it rested on."""

    line_status: LineStatus | None = Field(description="Null without a line.")
    was_suspended: bool = Field(description="For non-payment, by fact or by order, beforehand.")
    organization_clock: datetime
    policy: PolicyApplied
    conditions: list[ConditionOut]
    debts: list[DebtOut] = Field(description="The overdue debts that counted, oldest first.")
    stages: list[str] = Field(description="Codes of the stages reached by it.")
    inputs: dict[str, Any] | None = Field(
        description="Pauses, exemption, facts, stages reached before, local time; null where"
        " debts and policy were all that counted."
    )

    @classmethod
    def of(cls, shown: Shown) -> Self:
        """Show a stored decision with its grounds."""
        decision, policy = shown.decision, shown.policy.as_policy()
        return cls(
            **_summary(shown),
            line_status=LineStatus(decision.line_status) if decision.line_status else None,
            was_suspended=decision.was_suspended,
            organization_clock=decision.organization_clock,
            policy=PolicyApplied.of(policy),
            conditions=[
                ConditionOut.of(condition, policy)
                for condition in read_conditions(decision.conditions)
            ],
            debts=[DebtOut.of(debt, decision.today) for debt in read_debts(decision.debts)],
            stages=decision.stages or [],
            inputs=decision.inputs,
        )


class ReplayOut(BaseModel):
    """What was recorded and what came out again; equal to the byte, or something is wrong."""

    equal: bool
    recorded: dict[str, Any]
    replayed: dict[str, Any]

    @classmethod
    def of(cls, found: Replayed) -> Self:
        """Show both."""
        return cls(
            equal=found.equal,
            recorded=orjson.loads(found.recorded),
            replayed=orjson.loads(found.replayed),
        )


def _summary(shown: Shown) -> dict[str, Any]:
    decision = shown.decision
    return {
        "id": decision.id,
        "line_id": decision.line_id,
        "line_number": shown.line_number,
        "customer_id": decision.customer_id,
        "customer_name": shown.customer_name,
        "outcome": decision.outcome,
        "why": explain(
            Outcome(decision.outcome),
            read_conditions(decision.conditions),
            read_debts(decision.debts),
            shown.policy.as_policy(),
            decision.line_status,
        ),
        "generation": decision.generation,
        "cause": CauseOut(
            type=decision.cause_type, event_id=decision.cause_id, run_id=decision.run_id
        ),
        "today": decision.today,
        "decided_at": decision.decided_at,
    }


def _found(value: Any) -> str:
    match value:
        case dict():
            return amounts(value) or "nothing"
        case [list() as stages, dict() as facts]:
            said = ", ".join(f"{name} {found}" for name, found in facts.items())
            return f"{' '.join(stages)}: {said}" if said else " ".join(stages)
        case [reason, until]:
            return f"{reason} (until {until})"
    return str(value).lower()


def _required(name: ConditionName, policy: Policy) -> str:
    match name:
        case ConditionName.OVERDUE:
            return "1 invoice or more"
        case ConditionName.BEYOND_GRACE:
            return f"more than {days(policy.grace_days)}"
        case ConditionName.MINIMUM_DEBT:
            return f"{Money(max(policy.minimum_minor, 1), policy.currency)} or more"
    return REQUIRED[name]


async def _filters(
    line_id: Annotated[UUID | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    run_id: Annotated[UUID | None, Query()] = None,
    decided_from: Annotated[AwareDatetime | None, Query()] = None,
    decided_to: Annotated[AwareDatetime | None, Query(description="Exclusive.")] = None,
) -> Filters:
    return Filters(line_id, customer_id, outcome, run_id, decided_from, decided_to)


@router.get("", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_decisions(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    filters: Annotated[Filters, Depends(_filters)],
) -> Page[DecisionOut]:
    """Decisions, the latest first."""
    found, following = await store.list_decisions(session, organization_id, paging, filters)
    return Page(items=[DecisionOut.of(shown) for shown in found], next=following)


@router.get("/{decision_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_decision(
    decision_id: UUID, organization_id: OrganizationId, session: Session
) -> DecisionDetail:
    """One decision with its inputs, and each condition's verdict."""
    shown = await store.get(session, organization_id, decision_id)
    if shown is None:
        raise NotFound("decision", decision_id)
    return DecisionDetail.of(shown)


@router.post(
    "/{decision_id}/replay",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def replay_decision(
    decision_id: UUID, organization_id: OrganizationId, session: Session
) -> ReplayOut:
    """Make a decision again from its record by the code of today; changes nothing."""
    shown = await store.get(session, organization_id, decision_id)
    if shown is None:
        raise NotFound("decision", decision_id)
    organization = await load_organization(session, organization_id)
    return ReplayOut.of(replay(shown.decision, shown.policy.as_policy(organization.country)))
