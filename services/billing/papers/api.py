"""HTTP: invoices on paper."""

from typing import Any, Final
from uuid import UUID

from fastapi import Request, Response

from services.billing.papers import operations
from shared.db import Database
from shared.http import APIRouter, OrganizationId
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization

# No transaction is open while the printer works: it is the endpoint that reads, and then prints.
router = APIRouter(prefix="/invoices", tags=["papers"])

PDF: Final = "application/pdf"
PDF_DOCUMENTED: Final[dict[str, Any]] = {
    "description": "The paper.",
    "content": {PDF: {"schema": {"type": "string", "format": "binary"}}},
}


@router.get(
    "/{invoice_id}/pdf",
    response_class=Response,
    responses={200: PDF_DOCUMENTED, **problem_docs(NotFound, UnknownOrganization)},
)
async def get_invoice_pdf(
    invoice_id: UUID, request: Request, organization_id: OrganizationId
) -> Response:
    """The invoice as it stands today, on paper; drafts and voids bear a watermark."""
    database: Database = request.app.state.database
    async with database.transaction(organization_id) as tx:
        sheet = await operations.prepare(tx, organization_id, invoice_id)
    return Response(
        await operations.print_invoice(sheet),
        media_type=PDF,
        headers={"Content-Disposition": f'inline; filename="{sheet.file_name}"'},
    )
