"""How cases are shown."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.collections.cases.model import CaseStage
from services.collections.cases.rules import CaseStatus, ClosedReason, OpenedBy
from services.collections.cases.store import Scored, Shown
from services.collections.lines.model import Line
from shared.contracts.customers import LineStatus
from shared.money import MoneyOut


class CaseOut(BaseModel):
    """One episode of debt, and the work on it."""

    id: UUID
    version: int
    status: CaseStatus
    closed_reason: ClosedReason | None
    customer_id: UUID
    customer_name: str | None
    line_id: UUID | None = Field(description="Null: the case is about all the customer owes.")
    line_number: int | None
    opened_by: OpenedBy
    opened_on: date
    opened_at: datetime
    covers_until: date | None = Field(
        description="Opened by hand: what is due by then, overdue yet or not, is what it is about."
    )
    cured_on: date | None = Field(description="Null while something of it is owed.")
    closed_at: datetime | None
    debt: MoneyOut = Field(description="Overdue, or covered, in the organization's currency.")
    oldest_due_on: date | None
    segment: str | None
    stage: str | None = Field(description="The stage of the policy it has come to.")
    stage_on: date | None
    priority: int
    broken_promises: int
    collector_id: UUID | None
    collector_name: str | None
    assigned_at: datetime | None
    last_contact_at: datetime | None = Field(description="By the organization's clock.")
    next_action_on: date | None

    @classmethod
    def of(cls, shown: Shown) -> Self:
        """Show a case."""
        return cls.model_validate(members(shown))


class ScoredCase(CaseOut):
    """A case in a list, and how urgent it is."""

    score: int = Field(description="How urgent, from 0 to 100; 0 when it is closed.")

    @classmethod
    def scored(cls, scored: Scored) -> Self:
        """Show a case of a list."""
        return cls.model_validate({**members(scored.shown), "score": scored.score})


def members(shown: Shown) -> dict[str, object]:
    """What is shown of a case."""
    case = shown.case
    named = {"customer_name", "line_number", "collector_name", "debt"}
    return {
        **{name: getattr(case, name) for name in CaseOut.model_fields if name not in named},
        "customer_name": shown.customer_name,
        "line_number": shown.line_number,
        "collector_name": shown.collector_name,
        "debt": MoneyOut.of(case.debt_minor, case.currency),
    }


class StageOut(BaseModel):
    """A stage of the policy that a case has come to."""

    stage: str
    kind: str
    reached_on: date
    decision_id: UUID | None

    @classmethod
    def of(cls, stage: CaseStage) -> Self:
        """Show a stage."""
        return cls.model_validate(stage, from_attributes=True)


class CaseLineOut(BaseModel):
    """A line that a case is about."""

    line_id: UUID
    number: int
    status: LineStatus
    suspended_for_non_payment: bool

    @classmethod
    def of(cls, line: Line) -> Self:
        """Show a line."""
        return cls(
            line_id=line.line_id,
            number=line.number,
            status=LineStatus(line.status),
            suspended_for_non_payment=line.non_payment,
        )


class CaseDebtOut(BaseModel):
    """An open invoice that a case is about."""

    invoice_id: UUID
    number: str
    line_id: UUID | None
    open: MoneyOut
    due_on: date
    days_overdue: int = Field(description="0 while it is not overdue.")
