"""HTTP <-> voids."""

from uuid import UUID

from fastapi import Response

from services.billing.bill_runs.problems import PeriodMadeGoodLater
from services.billing.invoices.api import Tenant, shown
from services.billing.invoices.problems import (
    InvoiceAdjusted,
    InvoiceHasAllocations,
    InvoiceNotIssued,
)
from services.billing.invoices.schemas import InvoiceDetail, VoidIn
from services.billing.voids import operations
from shared.auth import Role, allow
from shared.http import APIRouter, IfMatch, Session, Transactional
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(tags=["invoices"], route_class=Transactional)


@router.post(
    "/invoices/{invoice_id}/void",
    dependencies=[allow(Role.CLERK)],
    responses=problem_docs(
        NotFound,
        InvoiceNotIssued,
        InvoiceHasAllocations,
        InvoiceAdjusted,
        PeriodMadeGoodLater,
        PreconditionFailed,
        UnknownOrganization,
    ),
)
async def void_invoice(
    invoice_id: UUID,
    body: VoidIn,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
) -> InvoiceDetail:
    """Annul an issued invoice that nothing was paid on, credited or written off.

    It keeps its number. The period that a bill run billed with it is billed again by the next one.
    """
    await operations.void(session, organization, invoice_id, seen, body.reason)
    return await shown(session, organization, invoice_id, response)
