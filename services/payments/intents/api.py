"""HTTP for payments that a card processor collects."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select

from services.payments.intents import operations, trial
from services.payments.intents.model import PaymentIntent
from services.payments.intents.operations import Wanted
from services.payments.intents.problems import IntentClosed, NotAtTestProcessor, NothingOpen
from services.payments.payments.problems import (
    CurrencyMismatch,
    CustomerUnknown,
    Overpayment,
    ReceivableUnknown,
    ReceivableVoid,
)
from services.payments.processors.local import Card
from services.payments.processors.port import IntentStatus, Provider
from services.payments.processors.problems import NoProcessor, ProcessorDown, ProcessorSaysNo
from services.payments.vault import VaultClosed
from services.payments.webhooks.api import nudge_of
from shared.auth import Caller, Role, allow
from shared.contracts.payments import PaymentMethod
from shared.http import IdempotencyKey, OrganizationId, Session, Transactional
from shared.idempotency import fingerprint_of
from shared.money import MoneyIn, MoneyOut
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(prefix="/payment-intents", tags=["payments"])
lists = APIRouter(prefix="/payment-intents", tags=["payments"], route_class=Transactional)

ANYONE: Final = allow(*Role)
CLERKS: Final = allow(Role.CLERK)
CALLS_OUT: Final = (ProcessorDown, ProcessorSaysNo, NoProcessor, VaultClosed)
Instant = Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


class IntentIn(BaseModel):
    """A payment to collect: for one invoice, or for what a customer owes."""

    model_config = ConfigDict(extra="forbid")

    invoice_id: UUID | None = Field(None, description="Pay this invoice.")
    customer_id: UUID | None = Field(
        None, description="Pay what this customer owes, oldest due first."
    )
    amount: MoneyIn | None = Field(
        None, description="All that is open on the invoice when left out; else not more than that."
    )
    method: Literal[PaymentMethod.CARD, PaymentMethod.WALLET] = PaymentMethod.CARD

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.invoice_id is None) == (self.customer_id is None):
            raise ValueError("give either invoice_id or customer_id")
        if self.invoice_id is None and self.amount is None:
            raise ValueError("give the amount, too")
        return self


class IntentOut(BaseModel):
    """A payment at a card processor. Only `succeeded` is money; then it is a payment, too."""

    id: UUID = Field(description="The payment's, once it is money.")
    customer_id: UUID
    invoice_id: UUID | None
    amount: MoneyOut
    method: PaymentMethod
    provider: Provider
    provider_intent_id: str | None = Field(description="What the processor calls it.")
    status: IntentStatus
    reason: str | None = Field(description="Why it failed or was cancelled, in a word.")
    recorded: bool = Field(description="The money is in the books.")
    expires_at: Instant | None = Field(
        description="Until then a confirmed payment may be honoured, by the organization's clock."
    )
    created_at: Instant
    created_by: UUID | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """An intent from its columns."""
        known = {name: row[name] for name in cls.model_fields if name != "amount"}
        amount = MoneyOut.of(row["amount_minor"], row["currency"])
        return cls.model_validate(
            known | {"amount": amount, "reason": row["set_aside"] or row["reason"]}
        )


class BegunOut(IntentOut):
    """A payment that waits for its payer."""

    client_secret: str | None = Field(
        description="For the payer's browser alone, to confirm the payment at the processor."
    )
    publishable_key: str | None


class CardIn(BaseModel):
    """A card that a payer presents to the local test processor."""

    model_config = ConfigDict(extra="forbid")

    card: Card = Card.GOOD


class TestDisputeIn(BaseModel):
    """What the payer's bank does at the local test processor."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["needs_response", "won", "lost"] = "needs_response"


@router.post(
    "",
    status_code=201,
    dependencies=[CLERKS],
    responses=problem_docs(
        ReceivableUnknown,
        CustomerUnknown,
        UnknownOrganization,
        ReceivableVoid,
        NothingOpen,
        CurrencyMismatch,
        Overpayment,
        *CALLS_OUT,
    ),
)
async def begin_card_payment(
    body: IntentIn,
    key: IdempotencyKey,
    organization_id: OrganizationId,
    caller: Caller,
    request: Request,
    response: Response,
) -> BegunOut:
    """Begin a card payment: the payer confirms it at the processor with the client secret.

    No money has come by this. Repeating a call with its key goes on with the same payment.
    When the processor does not answer (503) or refuses (502), there is no payment.
    """
    wanted = Wanted(body.invoice_id, body.customer_id, body.amount, body.method, caller.user_id)
    begun = await operations.begin(
        request.app.state.database, organization_id, wanted, key, await fingerprint_of(request)
    )
    response.headers["Location"] = f"/payment-intents/{begun.row['id']}"
    return BegunOut.model_validate(
        IntentOut.of(begun.row).model_dump()
        | {"client_secret": begun.client_secret, "publishable_key": begun.publishable_key}
    )


@router.post(
    "/{payment_id}/cancel",
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, IntentClosed, *CALLS_OUT),
)
async def cancel_card_payment(
    payment_id: UUID, organization_id: OrganizationId, request: Request
) -> IntentOut:
    """Give a card payment up that no payer has paid yet; twice is fine."""
    database = request.app.state.database
    return IntentOut.of(await operations.cancel(database, organization_id, payment_id))


@router.post(
    "/{payment_id}/test-confirmation",
    status_code=202,
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, NotAtTestProcessor, *CALLS_OUT),
)
async def confirm_at_test_processor(
    payment_id: UUID, body: CardIn, organization_id: OrganizationId, request: Request
) -> IntentOut:
    """Play the payer at the local test processor: present a card.

    4242424242424242 pays, 4000000000000259 pays and disputes it, 4000000000003220 keeps the
    bank thinking; 4000000000000002, 4000000000009995 and 4000000000000069 are declined. The
    processor then sends its webhooks, as any other does.
    """
    database = request.app.state.database
    row = await trial.present(database, organization_id, payment_id, body.card)
    nudge_of(request).soon()
    return IntentOut.of(row)


@router.post(
    "/{payment_id}/test-dispute",
    status_code=202,
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, NotAtTestProcessor, *CALLS_OUT),
)
async def dispute_at_test_processor(
    payment_id: UUID, body: TestDisputeIn, organization_id: OrganizationId, request: Request
) -> IntentOut:
    """Play the payer's bank at the local test processor: dispute the payment, or close that."""
    database = request.app.state.database
    row = await trial.dispute(database, organization_id, payment_id, body.status)
    nudge_of(request).soon()
    return IntentOut.of(row)


@lists.get("", dependencies=[ANYONE])
async def list_card_payments(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    status: Annotated[IntentStatus | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
    invoice_id: Annotated[UUID | None, Query()] = None,
) -> Page[IntentOut]:
    """Card payments in whatever state, sorted by `asked_on`, the latest first by default.

    Served by ix_payment_intent_asked_on, ix_payment_intent_customer_id and
    ix_payment_intent_invoice_id.
    """
    query = select(PaymentIntent).where(PaymentIntent.organization_id == organization_id)
    if status is not None:
        query = query.where(PaymentIntent.status == status.value)
    if customer_id is not None:
        query = query.where(PaymentIntent.customer_id == customer_id)
    if invoice_id is not None:
        query = query.where(PaymentIntent.invoice_id == invoice_id)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"asked_on": PaymentIntent.asked_on.expression},
        default="-asked_on",
        key=PaymentIntent.id.expression,
    )
    return Page(items=[IntentOut.of(vars(row)) for (row,) in rows], next=following)


@router.get("/{payment_id}", dependencies=[ANYONE], responses=problem_docs(NotFound))
async def get_card_payment(
    payment_id: UUID, organization_id: OrganizationId, request: Request
) -> IntentOut:
    """One card payment, in whatever state; its client secret is told at its beginning alone."""
    database = request.app.state.database
    return IntentOut.of(await operations.find(database, organization_id, payment_id))
