"""/customers/{id}/overview: a customer's whole story."""

import asyncio
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gateway.reads.passed_on import (
    CollectionsStatus,
    Credit,
    Customer,
    Decision,
    Invoice,
    Line,
    Payment,
)
from gateway.reads.services import Asking, AskingOf, PartFailed, Parts
from shared.auth import Role, allow
from shared.http import OrganizationId
from shared.problems import NotFound, problem_docs

router = APIRouter(tags=["overview"], dependencies=[allow(*Role)])

SHOWN_LINES: Final = 20
SHOWN_ROWS: Final = 10


class LineOverview(BaseModel):
    """One line, and how it stands with collections (null when that is not to be had now)."""

    line: Line
    collections: CollectionsStatus | None


class CustomerOverview(BaseModel):
    """A customer's whole story on one page. A part that could not be had now is null."""

    customer: Customer | None
    lines: list[LineOverview] | None
    open_invoices: list[Invoice] | None
    payments: list[Payment] | None = Field(description="The last ones.")
    credits: list[Credit] | None
    decisions: list[Decision] | None = Field(description="The last ones of collections.")
    more: list[str] = Field(description="Parts of which there is more than is shown here.")
    unavailable: list[str] = Field(description="Parts that could not be had now.")


@router.get("/customers/{customer_id}/overview", responses=problem_docs(NotFound))
async def customer_overview(
    customer_id: UUID, asking: AskingOf, _: OrganizationId
) -> CustomerOverview:
    """Customer, lines with their standing, open invoices, last payments, credits, decisions."""
    parts, more = Parts(), list[str]()

    async def listed(name: str, service: str, path: str, **params: Any) -> list[Any]:
        items, has_more = await asking.page(service, path, customer_id=customer_id, **params)
        if has_more:
            more.append(name)
        return items

    async def lines() -> list[LineOverview]:
        found = await listed("lines", "customers", "/lines", limit=SHOWN_LINES)
        statuses = await asyncio.gather(*(_status(asking, line["id"]) for line in found))
        if None in statuses:
            parts.unavailable.append("lines.collections")
        pairs = zip(found, statuses, strict=True)
        return [LineOverview(line=line, collections=status) for line, status in pairs]

    rows = {"limit": SHOWN_ROWS}
    customer, line_parts, invoices, payments, credits, decisions = await asyncio.gather(
        _main_part(parts, asking, customer_id),
        parts.take("lines", lines()),
        parts.take(
            "open_invoices",
            listed("open_invoices", "billing", "/invoices", status="open", sort="due_on", **rows),
        ),
        parts.take("payments", listed("payments", "payments", "/payments", **rows)),
        parts.take("credits", listed("credits", "payments", "/credits", **rows)),
        parts.take(
            "decisions", listed("decisions", "collections", "/collections/decisions", **rows)
        ),
    )
    return CustomerOverview(
        customer=customer,
        lines=line_parts,
        open_invoices=invoices,
        payments=payments,
        credits=credits,
        decisions=decisions,
        more=sorted(more),
        unavailable=sorted(parts.unavailable),
    )


async def _main_part(parts: Parts, asking: Asking, customer_id: UUID) -> dict[str, Any] | None:
    """The customer; a refusal of it is the refusal of the whole."""
    try:
        customer: dict[str, Any] = await asking.get("customers", f"/customers/{customer_id}")
    except PartFailed:
        parts.unavailable.append("customer")
        return None
    return customer


async def _status(asking: Asking, line_id: str) -> dict[str, Any] | None:
    """How collections sees a line; None when it does not say."""
    return await Parts().take("", asking.get("collections", f"/lines/{line_id}/collections-status"))
