"""What the collections service orders: lines to suspend and to switch back on."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, EventData


class LineOrder(Contract):
    """An order about one line, and the Decision it rests on.

    Generations count a line's orders from 1; a receiver refuses a generation it has
    passed, so late and repeated orders change nothing.
    """

    line_id: UUID
    customer_id: UUID
    decision_id: UUID
    generation: int = Field(ge=1)
    reason: Literal["non_payment"] = "non_payment"


class LineSuspensionOrdered(EventData, LineOrder, type="collections.line-suspension-ordered.v1"):
    """A line deserves the `non_payment` hold."""


class LineReactivationOrdered(
    EventData, LineOrder, type="collections.line-reactivation-ordered.v1"
):
    """Nothing justifies the `non_payment` hold of a line any more."""


class LateFeeOrdered(EventData, type="collections.late-fee-ordered.v1"):
    """A stage of the policy charges a late fee by one of billing's rules.

    At most one per invoice, rule and period, however often it is ordered.
    """

    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    decision_id: UUID
    rule: str = Field(description="The code of billing's late-fee rule.")
    period: str = Field(description="Which of the rule's periods: `once`, or a month `2026-11`.")
    ordered_on: date


class CaseFacts(Contract):
    """The state of one episode of debt, of a customer or (by policy) of one line."""

    case_id: UUID
    customer_id: UUID
    line_id: UUID | None
    version: int
    opened_on: date
    currency: str
    debt_minor: int = Field(ge=0, description="What is overdue in the organization's currency.")


class CaseOpened(EventData, CaseFacts, type="collections.case-opened.v1"):
    """An episode of debt began."""


class CaseStageReached(EventData, CaseFacts, type="collections.case-stage-reached.v1"):
    """A case came to a stage of its policy."""

    stage: str = Field(description="The code of the stage.")
    stage_kind: str
    reached_on: date
    decision_id: UUID | None


class CaseCured(EventData, CaseFacts, type="collections.case-cured.v1"):
    """What made a case is paid, or asked for no more."""

    cured_on: date


class PromiseFacts(Contract):
    """A promise to pay an amount by a day."""

    promise_id: UUID
    case_id: UUID
    customer_id: UUID
    amount_minor: int = Field(gt=0)
    currency: str
    promised_for: date


class PromiseMade(EventData, PromiseFacts, type="collections.promise-made.v1"):
    """A customer promised to pay; the case pauses until then."""


class PromiseKept(EventData, PromiseFacts, type="collections.promise-kept.v1"):
    """The money came in time."""


class PromiseBroken(EventData, PromiseFacts, type="collections.promise-broken.v1"):
    """The day passed and the money did not come."""


class PlanFacts(Contract):
    """A payment plan: a debt and an agreed fee, paid in instalments."""

    plan_id: UUID
    case_id: UUID
    customer_id: UUID
    line_id: UUID | None
    amount_minor: int = Field(gt=0, description="Of all instalments: the debt and the fee.")
    fee_minor: int = Field(ge=0)
    fee_invoice_id: UUID | None = Field(
        None, description="The id that the invoice of the fee has; none without a fee."
    )
    currency: str
    instalments: int = Field(ge=1)
    last_due_on: date = Field(
        description="The last day on which its money counts: of the last instalment, with its"
        " grace. The fee falls due then."
    )


class PlanAgreed(EventData, PlanFacts, type="collections.plan-agreed.v1"):
    """A payment plan was agreed; its debt counts for nothing while it is in good standing.

    Billing asks for the fee by an invoice of its own.
    """


class PlanKept(EventData, PlanFacts, type="collections.plan-kept.v1"):
    """All instalments came."""


class PlanBroken(EventData, PlanFacts, type="collections.plan-broken.v1"):
    """An instalment was missed; the debt counts again."""


class OfferFacts(Contract):
    """An offer to settle a debt for less."""

    offer_id: UUID
    case_id: UUID
    customer_id: UUID
    line_id: UUID | None
    amount_minor: int = Field(gt=0, description="What is to be paid.")
    debt_minor: int = Field(gt=0, description="What was owed when it was made.")
    currency: str
    offered_until: date


class OfferMade(EventData, OfferFacts, type="collections.offer-made.v1"):
    """A customer may settle a debt by paying a part of it by a day."""


class OfferTaken(EventData, OfferFacts, type="collections.offer-taken.v1"):
    """The part was paid in time; what is left of the debt is proposed to be written off."""

    rest_minor: int = Field(ge=0)


class OfferLapsed(EventData, OfferFacts, type="collections.offer-lapsed.v1"):
    """The day passed and the part was not paid."""


class DisputeFacts(Contract):
    """An amount of an invoice that its customer says is not owed."""

    dispute_id: UUID
    case_id: UUID
    customer_id: UUID
    line_id: UUID | None
    invoice_id: UUID
    amount_minor: int = Field(gt=0)
    currency: str


class DisputeOpened(EventData, DisputeFacts, type="collections.dispute-opened.v1"):
    """A customer disputes an amount; it counts for nothing until that is decided."""


class DisputeResolved(EventData, DisputeFacts, type="collections.dispute-resolved.v1"):
    """It was decided: upheld (a credit note is due) or rejected (the amount counts again)."""

    upheld: bool


class ReminderKind(StrEnum):
    """What a reminder says of an invoice."""

    UPCOMING = "upcoming"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"


class ReminderCreated(EventData, type="collections.reminder-created.v1"):
    """A reminder was put into a customer's inbox. At most one per kind, invoice and 24 hours."""

    reminder_id: UUID
    customer_id: UUID
    invoice_id: UUID
    kind: ReminderKind
    currency: str
    open_minor: int = Field(gt=0)
    due_on: date
    created_at: datetime
