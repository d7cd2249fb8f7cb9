"""HTTP for payments."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from starlette.responses import Response

from services.payments.deposits.problems import DepositAccountUnusable
from services.payments.payments import operations, search, store
from services.payments.payments.answers import PaymentOut
from services.payments.payments.asks import Ask
from services.payments.payments.parts import Part, total
from services.payments.payments.problems import (
    AllocationTooLarge,
    CurrencyMismatch,
    CustomersDiffer,
    CustomerUnknown,
    NotYetReceived,
    Overpayment,
    ReceivableUnknown,
    ReceivableVoid,
)
from services.payments.payments.reallocation import reallocate
from services.payments.payments.rules import MAX_MINOR, Surplus
from services.payments.payments.till import Till
from services.payments.returns.problems import ReturnExceedsPayment
from services.payments.returns.rules import PaymentStatus
from services.payments.returns.search import find_payment
from shared.auth import Caller, Role, allow, authenticated
from shared.contracts.payments import PaymentMethod
from shared.db import raw
from shared.direct import Direct
from shared.http import IdempotencyKey, OrganizationId, Session, Transactional
from shared.http import organization_id as organization_of
from shared.idempotency import (
    KeyInProgress,
    KeyReused,
    Stored,
    fingerprint_of,
    replay,
    required_key,
)
from shared.money import AMOUNT_PATTERN, Money, MoneyError, MoneyIn
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, ValidationFailed, problem_docs
from shared.telemetry import current_traceparent
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/payments", tags=["payments"])
lists = APIRouter(prefix="/payments", tags=["payments"], route_class=Transactional)

ANYONE = allow(*Role)
CLERKS = allow(Role.CLERK)
REFUSALS: Final = problem_docs(
    ReceivableUnknown,
    CustomerUnknown,
    UnknownOrganization,
    ReceivableVoid,
    CurrencyMismatch,
    Overpayment,
    CustomersDiffer,
    AllocationTooLarge,
    NotYetReceived,
    DepositAccountUnusable,
    KeyInProgress,
    KeyReused,
)

Reference = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class AllocationIn(BaseModel):
    """What one invoice shall get."""

    model_config = ConfigDict(extra="forbid")

    invoice_id: UUID
    amount: MoneyIn


class PaymentIn(BaseModel):
    """Money that has arrived: for one invoice, for several, or for a customer.

    What a customer owes is paid in the order of the settings, oldest due first by default.
    """

    model_config = ConfigDict(extra="forbid")

    invoice_id: UUID | None = Field(None, description="Pay this invoice.")
    customer_id: UUID | None = Field(
        None, description="Pay what this customer owes, oldest due first."
    )
    allocations: list[AllocationIn] | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Pay these invoices of one customer, each with its amount; what is left of"
        " the payment is a surplus.",
    )
    amount: MoneyIn
    method: PaymentMethod
    reference: Reference | None = Field(None, description="As on the receipt or the transfer.")
    received_on: date | None = Field(
        None, description="Today on the organization's calendar when left out; never later."
    )
    surplus: Surplus | None = Field(
        None,
        description="Refuse more than is open, or keep the rest as credit; as the settings say"
        " when left out.",
    )
    deposit_account_id: UUID | None = Field(
        None, description="Where the money landed; the account of its method when left out."
    )

    @model_validator(mode="after")
    def _one_target(self) -> "PaymentIn":
        given = (self.invoice_id, self.customer_id, self.allocations)
        if sum(each is not None for each in given) != 1:
            raise ValueError("give one of invoice_id, customer_id and allocations")
        return self

    @property
    def target_id(self) -> UUID:
        """The one that was given; of several invoices, the first."""
        first = self.allocations[0].invoice_id if self.allocations else None
        target_id = self.invoice_id or self.customer_id or first
        assert target_id is not None
        return target_id


class TakeMoney(Direct):
    """Serves `record_payment`: the same guards in the same order."""

    async def direct(self, request: Request) -> Response:
        """The answer of the endpoint."""
        caller = await authenticated(request)
        await CLERKS.dependency(caller)
        return await record_payment(
            key=await required_key(request),
            organization_id=await organization_of(caller),
            body=_read(await request.body()),
            caller=caller,
            request=request,
        )


def _read(body: bytes) -> PaymentIn:
    try:
        return PaymentIn.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(
            [each | {"loc": ("body", *each["loc"])} for each in error.errors()]
        ) from error


async def record_payment(
    body: PaymentIn,
    key: IdempotencyKey,
    organization_id: OrganizationId,
    caller: Caller,
    request: Request,
) -> Response:
    """Record money that has arrived. Repeating a call with its key repeats its answer."""
    till = _till(request)
    given = body.amount
    currency = given.currency or await till.currency_of(organization_id)
    amount = _positive(Money.parse(given.amount, currency))
    ask = Ask(
        organization_id=organization_id,
        target_id=body.target_id,
        amount=amount,
        parts=parts_of(body.allocations or (), amount),
        method=body.method,
        key=key,
        fingerprint=await fingerprint_of(request),
        reference=body.reference or None,
        received_on=body.received_on,
        surplus=body.surplus,
        deposit_account_id=body.deposit_account_id,
        recorded_by=caller.user_id,
        traceparent=current_traceparent(),
    )
    if body.invoice_id is not None:
        recorded = await operations.pay_invoice(till, ask)
    elif body.allocations is not None:
        recorded = await operations.pay_parts(till.database, ask)
    else:
        recorded = await operations.pay_customer(till.database, ask)
    if isinstance(recorded, Stored):
        return replay(recorded)
    headers = {"Location": f"/payments/{recorded.payment_id}"}
    return Response(recorded.body, 201, headers, media_type="application/json")


def parts_of(allocations: Sequence[AllocationIn], amount: Money) -> tuple[Part, ...]:
    """What each invoice shall get of an amount, in its currency; each invoice once."""
    parts = tuple(
        Part(each.invoice_id, each.amount.to_minor(amount.currency)) for each in allocations
    )
    if not all(part.amount_minor for part in parts):
        raise MoneyError("each allocation is more than 0")
    if len({part.invoice_id for part in parts}) < len(parts):
        raise ValidationFailed.of("name each invoice once", "body", "allocations")
    if total(parts) > amount.minor:
        raise MoneyError(f"the allocations are more than the {amount} there are")
    return parts


def _till(request: Request) -> Till:
    """The till of this process."""
    state = request.app.state
    if not hasattr(state, "till"):
        state.till = Till(state.database)
    till: Till = state.till
    return till


def _positive(amount: Money) -> Money:
    if not 0 < amount.minor <= MAX_MINOR:
        most = Money(MAX_MINOR, amount.currency)
        raise MoneyError(f"a payment is more than 0 and at most {most}")
    return amount


router.add_api_route(
    "",
    record_payment,
    methods=["POST"],
    status_code=201,
    response_model=PaymentOut,
    dependencies=[CLERKS],
    responses=REFUSALS,
    route_class_override=TakeMoney,
)


@router.get("/{payment_id}", dependencies=[ANYONE], responses=problem_docs(NotFound))
async def get_payment(
    payment_id: UUID, organization_id: OrganizationId, request: Request
) -> PaymentOut:
    """One payment, with every allocation of it; or one that a card processor is to collect."""
    row = await store.find_payment(request.app.state.database, organization_id, payment_id)
    if row is None:
        raise NotFound("payment", payment_id)
    return PaymentOut.of(row)


class ReallocationIn(BaseModel):
    """Where a payment's money shall be; what is not named here becomes account credit."""

    model_config = ConfigDict(extra="forbid")

    allocations: list[AllocationIn] = Field(max_length=200)


@lists.post(
    "/{payment_id}/reallocate",
    dependencies=[CLERKS],
    responses=problem_docs(
        NotFound,
        UnknownOrganization,
        ReceivableUnknown,
        ReceivableVoid,
        CurrencyMismatch,
        CustomersDiffer,
        AllocationTooLarge,
        ReturnExceedsPayment,
    ),
)
async def reallocate_payment(
    payment_id: UUID,
    body: ReallocationIn,
    key: IdempotencyKey,
    organization_id: OrganizationId,
    session: Session,
) -> PaymentOut:
    """Put a payment's money against other invoices of its customer, all at once.

    What stands and is not wished any more is taken back, what is wished is put: nobody sees
    anything in between.
    """
    tx = await raw(session)
    payment = await find_payment(tx, organization_id, payment_id)
    if payment is None:
        raise NotFound("payment", payment_id)
    whole = Money(MAX_MINOR, payment["currency"])
    parts = parts_of(body.allocations, whole)
    await reallocate(tx, organization_id, payment_id, parts)
    return PaymentOut.of(await search.one(session, organization_id, payment_id))


@lists.get(
    "", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort, UnknownOrganization)
)
async def list_payments(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    customer_id: Annotated[UUID | None, Query()] = None,
    invoice_id: Annotated[
        UUID | None, Query(description="Allocated to this invoice, or meant for it.")
    ] = None,
    method: Annotated[PaymentMethod | None, Query()] = None,
    status: Annotated[PaymentStatus | None, Query()] = None,
    deposit_account_id: Annotated[UUID | None, Query()] = None,
    received_from: Annotated[date | None, Query()] = None,
    received_to: Annotated[date | None, Query(description="This day included.")] = None,
    min_amount: Annotated[
        str | None,
        Query(pattern=AMOUNT_PATTERN, description="In the organization's currency."),
    ] = None,
    max_amount: Annotated[str | None, Query(pattern=AMOUNT_PATTERN)] = None,
    q: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="How the reference begins."),
    ] = None,
) -> Page[PaymentOut]:
    """Payments, sorted by `received_on` or `amount`, the latest first by default.

    With those that a card processor is to collect, or could not: `status` tells them apart.
    """
    least = most = None
    if min_amount is not None or max_amount is not None:
        currency = (await load_organization(session, organization_id)).currency
        least, most = (
            None if text is None else Money.parse(text, currency).minor
            for text in (min_amount, max_amount)
        )
    wanted = search.Wanted(
        customer_id,
        invoice_id,
        method,
        received_from,
        received_to,
        status,
        deposit_account_id,
        least,
        most,
        q,
    )
    found, following = await search.payments(session, organization_id, paging, wanted)
    return Page(items=[PaymentOut.of(row) for row in found], next=following)
