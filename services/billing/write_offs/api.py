"""HTTP <-> write-offs."""

from datetime import date, datetime
from typing import Any, Final, Self
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from services.billing.invoices.api import Tenant
from services.billing.invoices.problems import InvoiceNotIssued
from services.billing.invoices.schemas import Text
from services.billing.write_offs import operations, store
from services.billing.write_offs.model import WriteOff
from services.billing.write_offs.problems import NothingOpen, WriteOffExceedsOpen
from shared.auth import Caller, allow
from shared.http import APIRouter, IdempotencyKey, OrganizationId, Session, Transactional
from shared.money import MoneyIn, MoneyOut
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(tags=["write-offs"], route_class=Transactional)

SORTABLE: Final[dict[str, Any]] = {
    "written_off_on": WriteOff.written_off_on,
    "amount": WriteOff.amount_minor,
}


class WriteOffIn(BaseModel):
    """What is given up of an invoice, and why."""

    reason: Text
    amount: MoneyIn | None = Field(None, description="All that is open, when left out.")


class WriteOffOut(BaseModel):
    """A write-off, and the part of it that money has come for since."""

    id: UUID
    invoice_id: UUID
    invoice_number: str
    customer_id: UUID
    customer_name: str | None
    line_id: UUID | None
    amount: MoneyOut
    recovered: MoneyOut = Field(description="Of the invoice's first write-off first.")
    reason: str
    written_off_on: date
    written_off_at: datetime
    written_off_by: str

    @classmethod
    def of(
        cls, made: WriteOff, invoice_number: str, recovered_minor: int, customer_name: str | None
    ) -> Self:
        """Show a write-off of an invoice of which so much was recovered."""
        return cls(
            id=made.id,
            invoice_id=made.invoice_id,
            invoice_number=invoice_number,
            customer_id=made.customer_id,
            customer_name=customer_name,
            line_id=made.line_id,
            amount=MoneyOut.of(made.amount_minor, made.currency),
            recovered=MoneyOut.of(made.recovered_of(recovered_minor), made.currency),
            reason=made.reason,
            written_off_on=made.written_off_on,
            written_off_at=made.written_off_at,
            written_off_by=made.written_off_by,
        )


@router.post(
    "/invoices/{invoice_id}/write-offs",
    status_code=201,
    dependencies=[allow()],
    responses=problem_docs(
        NotFound, InvoiceNotIssued, NothingOpen, WriteOffExceedsOpen, UnknownOrganization
    ),
)
async def write_off_invoice(
    invoice_id: UUID,
    body: WriteOffIn,
    key: IdempotencyKey,
    session: Session,
    organization: Tenant,
    caller: Caller,
    response: Response,
) -> WriteOffOut:
    """Give up what is open of an invoice, or a part of it. It is never taken back."""
    made = await operations.write_off(
        session, organization, invoice_id, body.amount, body.reason, by=str(caller.user_id)
    )
    response.headers["Location"] = f"/write-offs/{made.id}"
    return WriteOffOut.of(*await store.read(session, organization.id, made.id))


@router.get("/write-offs")
async def list_write_offs(
    paging: Paging,
    session: Session,
    organization_id: OrganizationId,
    customer_id: UUID | None = None,
    invoice_id: UUID | None = None,
    written_off_from: date | None = None,
    written_off_to: date | None = None,
) -> Page[WriteOffOut]:
    """Write-offs, newest first."""
    query = store.listing(organization_id)
    if customer_id is not None:
        query = query.where(WriteOff.customer_id == customer_id)
    if invoice_id is not None:
        query = query.where(WriteOff.invoice_id == invoice_id)
    if written_off_from is not None:
        query = query.where(WriteOff.written_off_on >= written_off_from)
    if written_off_to is not None:
        query = query.where(WriteOff.written_off_on <= written_off_to)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=SORTABLE,
        default="-written_off_on",
        key=WriteOff.id.expression,
    )
    return Page(items=[WriteOffOut.of(*row) for row in rows], next=following)


@router.get("/write-offs/{write_off_id}", responses=problem_docs(NotFound))
async def get_write_off(
    write_off_id: UUID, session: Session, organization_id: OrganizationId
) -> WriteOffOut:
    """One write-off, and what was recovered of it."""
    return WriteOffOut.of(*await store.read(session, organization_id, write_off_id))
