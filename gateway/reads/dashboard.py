"""/dashboard: an organization at a glance."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gateway.reads.passed_on import (
    CollectionsSummary,
    CustomersSummary,
    Import,
    InvoiceSummary,
    LinesSummary,
    PaymentsSummary,
)
from gateway.reads.services import Asking, AskingOf, Parts
from shared.auth import Role, allow
from shared.http import OrganizationId

router = APIRouter(tags=["overview"], dependencies=[allow(*Role)])

RUNNING: Final = ("uploaded", "validating", "applying")
SHOWN_IMPORTS: Final = 10


class Dashboard(BaseModel):
    """Counts and sums of an organization. A part that could not be had now is null."""

    customers: CustomersSummary | None
    lines: LinesSummary | None
    invoices: InvoiceSummary | None
    payments: PaymentsSummary | None
    collections: CollectionsSummary | None
    imports_running: list[Import] | None
    unavailable: list[str] = Field(description="Parts that could not be had now.")


@router.get("/dashboard")
async def dashboard(asking: AskingOf, _: OrganizationId) -> Dashboard:
    """Customers and lines by status, invoices, payments, collections, imports under way."""
    parts = Parts()
    customers, lines, invoices, payments, collections, imports = await asyncio.gather(
        parts.take("customers", asking.get("customers", "/customers/summary")),
        parts.take("lines", asking.get("customers", "/lines/summary")),
        parts.take("invoices", asking.get("billing", "/invoices/summary")),
        parts.take("payments", asking.get("payments", "/payments/summary")),
        parts.take("collections", asking.get("collections", "/collections/summary")),
        parts.take("imports_running", _running(asking)),
    )
    return Dashboard(
        customers=customers,
        lines=lines,
        invoices=invoices,
        payments=payments,
        collections=collections,
        imports_running=imports,
        unavailable=sorted(parts.unavailable),
    )


async def _running(asking: Asking) -> list[dict[str, Any]]:
    """The imports that are not at their end yet."""
    pages = await asyncio.gather(
        *(
            asking.page("ingestion", "/imports", status=status, limit=SHOWN_IMPORTS)
            for status in RUNNING
        )
    )
    return [item for items, _ in pages for item in items]
