"""HTTP for account credit."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import select

from services.payments.credits.model import AccountCredit, CreditMovement
from shared.auth import Role, allow
from shared.http import OrganizationId, Session, Transactional
from shared.money import MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import problem_docs

router = APIRouter(prefix="/credits", tags=["payments"], route_class=Transactional)

ANYONE = allow(*Role)


class CreditOut(BaseModel):
    """What a customer has paid and not yet allocated, in one currency."""

    customer_id: UUID
    balance: MoneyOut
    version: int


class MovementOut(BaseModel):
    """One change of an account credit."""

    id: UUID
    customer_id: UUID
    amount: MoneyOut = Field(description="Negative when credit was used.")
    reason: str = Field(
        description="`surplus`: paid beyond what was open; `reversal`: taken back from an invoice."
    )
    payment_id: UUID
    allocation_id: UUID | None = Field(description="The reversing allocation, for a `reversal`.")
    moved_at: Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


@router.get("", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_credits(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    customer_id: Annotated[UUID | None, Query()] = None,
) -> Page[CreditOut]:
    """Account credits, sorted by `customer_id`.

    Served by uq_account_credit_customer_id.
    """
    query = select(AccountCredit).where(AccountCredit.organization_id == organization_id)
    if customer_id is not None:
        query = query.where(AccountCredit.customer_id == customer_id)
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
) -> Page[MovementOut]:
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
        MovementOut(
            id=row.id,
            customer_id=row.customer_id,
            amount=MoneyOut.of(row.amount_minor, row.currency),
            reason=row.reason,
            payment_id=row.payment_id,
            allocation_id=row.allocation_id,
            moved_at=row.moved_at,
        )
        for (row,) in rows
    ]
    return Page(items=items, next=following)
