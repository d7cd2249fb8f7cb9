"""HTTP for account credit."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import select

from services.payments.credits import operations, store
from services.payments.credits.model import AccountCredit, CreditMovement
from services.payments.ledger.rules import Move
from services.payments.payments.answers import AllocationOut
from shared import clock
from shared.auth import Role, allow
from shared.db import raw
from shared.http import IdempotencyKey, OrganizationId, Session, Transactional
from shared.money import Money, MoneyIn, MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/credits", tags=["payments"], route_class=Transactional)

ANYONE = allow(*Role)


class CreditOut(BaseModel):
    """What a customer has paid and not yet allocated, in one currency."""

    customer_id: UUID
    balance: MoneyOut
    version: int


class CreditMovementOut(BaseModel):
    """One change of an account credit."""

    id: UUID
    customer_id: UUID
    amount: MoneyOut = Field(description="Negative when credit was used.")
    reason: str = Field(
        description="`surplus`: paid beyond what was open; `reversal`: taken back from an invoice;"
        " `applied`: put against an invoice; `returned`: gone from the payment."
    )
    payment_id: UUID = Field(description="The payment whose money it is.")
    allocation_id: UUID | None = Field(description="For a `reversal` and what was `applied`.")
    return_id: UUID | None = Field(description="For what was `returned`.")
    moved_at: Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


@router.get("", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_credits(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    customer_id: Annotated[UUID | None, Query()] = None,
    available: Annotated[bool | None, Query(description="Only those with a balance.")] = None,
) -> Page[CreditOut]:
    """Account credits, sorted by `customer_id`.

    Served by uq_account_credit_customer_id.
    """
    query = select(AccountCredit).where(AccountCredit.organization_id == organization_id)
    if customer_id is not None:
        query = query.where(AccountCredit.customer_id == customer_id)
    if available is not None:
        has = AccountCredit.balance_minor > 0
        query = query.where(has if available else ~has)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"customer_id": AccountCredit.customer_id.expression},
        default="customer_id",
        key=AccountCredit.id.expression,
    )
    items = [
        CreditOut(
            customer_id=row.customer_id,
            balance=MoneyOut.of(row.balance_minor, row.currency),
            version=row.version,
        )
        for (row,) in rows
    ]
    return Page(items=items, next=following)


@router.get("/movements", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_movements(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    customer_id: Annotated[UUID, Query()],
) -> Page[CreditMovementOut]:
    """The movements of a customer's account credit, sorted by `moved_at`, the latest first.

    Served by ix_credit_movement_customer_id.
    """
    query = select(CreditMovement).where(
        CreditMovement.organization_id == organization_id,
        CreditMovement.customer_id == customer_id,
    )
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"moved_at": CreditMovement.moved_at.expression},
        default="-moved_at",
        key=CreditMovement.id.expression,
    )
    items = [
        CreditMovementOut(
            id=row.id,
            customer_id=row.customer_id,
            amount=MoneyOut.of(row.amount_minor, row.currency),
            reason=row.reason,
            payment_id=row.payment_id,
            allocation_id=row.allocation_id,
            return_id=row.return_id,
            moved_at=row.moved_at,
        )
        for (row,) in rows
    ]
    return Page(items=items, next=following)


class ApplyIn(BaseModel):
    """Credit to put against invoices."""

    model_config = ConfigDict(extra="forbid")

    customer_id: UUID
    invoice_ids: list[UUID] = Field(
        default_factory=list,
        max_length=200,
        description="All that is open when left out, in the order of the settings.",
    )
    amount: MoneyIn | None = Field(None, description="At most this much; all there is if left out.")


class AppliedOut(BaseModel):
    """What credit was put where."""

    customer_id: UUID
    applied: MoneyOut
    balance: MoneyOut = Field(description="The credit that is left.")
    allocations: list[AllocationOut]


@router.post(
    "/apply",
    dependencies=[allow(Role.CLERK)],
    responses=problem_docs(UnknownOrganization),
)
async def apply_credit(
    body: ApplyIn, key: IdempotencyKey, organization_id: OrganizationId, session: Session
) -> AppliedOut:
    """Put a customer's account credit against open invoices, first in first out.

    As far as it goes: nothing happens where there is no credit or nothing is open.
    """
    tx = await raw(session)
    organization = await load_organization(tx, organization_id)
    currency = (body.amount and body.amount.currency) or organization.currency
    limit = None if body.amount is None else Money.parse(body.amount.amount, currency).minor
    spent, ledger = await operations.apply(
        tx, organization_id, body.customer_id, currency, body.invoice_ids, limit
    )
    at = clock.now()
    left = await store.balance(tx, organization_id, body.customer_id, currency)
    return AppliedOut(
        customer_id=body.customer_id,
        applied=MoneyOut.of(spent, currency),
        balance=MoneyOut.of(left, currency),
        allocations=[
            AllocationOut(
                id=move.id,
                invoice_id=move.position.invoice_id,
                number=move.position.number,
                amount=MoneyOut.of(move.amount_minor, currency),
                reverses=None,
                made_at=at,
            )
            for move in ledger.moves
            if isinstance(move, Move)
        ],
    )
