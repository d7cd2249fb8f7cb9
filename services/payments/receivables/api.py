"""HTTP for receivables: what can be paid."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from services.payments.receivables.model import Receivable
from shared.auth import Role, allow
from shared.http import OrganizationId, Session, Transactional, etag
from shared.money import MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import NotFound, problem_docs

router = APIRouter(prefix="/receivables", tags=["payments"], route_class=Transactional)

ANYONE = allow(*Role)


class ReceivableOut(BaseModel):
    """An issued invoice as payments sees it."""

    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    number: str
    due_on: date
    total: MoneyOut
    allocated: MoneyOut
    credited: MoneyOut = Field(description="By credit notes.")
    written_off: MoneyOut
    recovered: MoneyOut = Field(description="Of what was written off, what money came for.")
    open: MoneyOut = Field(description="total - credited - (written_off - recovered) - allocated")
    voided: bool
    version: int

    @classmethod
    def of(cls, row: Receivable) -> "ReceivableOut":
        """A receivable whose facts are known."""
        return cls(
            invoice_id=row.invoice_id,
            customer_id=row.customer_id,
            line_id=row.line_id,
            number=row.number,
            due_on=row.due_on,
            total=MoneyOut.of(row.total_minor, row.currency),
            allocated=MoneyOut.of(row.allocated_minor, row.currency),
            credited=MoneyOut.of(row.credited_minor, row.currency),
            written_off=MoneyOut.of(row.written_off_minor, row.currency),
            recovered=MoneyOut.of(row.recovered_minor, row.currency),
            open=MoneyOut.of(row.open_minor, row.currency),
            voided=row.voided,
            version=row.version,
        )


@router.get("", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_receivables(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    customer_id: Annotated[UUID | None, Query()] = None,
    open: Annotated[bool, Query(description="Only those on which something is open.")] = True,
) -> Page[ReceivableOut]:
    """Receivables, sorted by `due_on`, the oldest first by default.

    Served by ix_receivable_open and ix_receivable_customer_id.
    """
    query = select(Receivable).where(
        Receivable.organization_id == organization_id, Receivable.number.is_not(None)
    )
    if customer_id is not None:
        query = query.where(Receivable.customer_id == customer_id)
    if open:
        query = query.where(Receivable.open_minor > 0)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"due_on": Receivable.due_on.expression},
        default="due_on",
        key=Receivable.invoice_id.expression,
    )
    return Page(items=[ReceivableOut.of(row) for (row,) in rows], next=following)


@router.get("/{invoice_id}", dependencies=[ANYONE], responses=problem_docs(NotFound))
async def get_receivable(
    invoice_id: UUID, organization_id: OrganizationId, session: Session, response: Response
) -> ReceivableOut:
    """One receivable."""
    query = select(Receivable).where(
        Receivable.organization_id == organization_id,
        Receivable.invoice_id == invoice_id,
        Receivable.number.is_not(None),
    )
    found = await session.scalar(query)
    if found is None:
        raise NotFound("receivable", invoice_id)
    response.headers["ETag"] = etag(found.version)
    return ReceivableOut.of(found)
