"""HTTP for disputes."""

from datetime import date
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.collections.agreements import views
from services.collections.agreements.problems import AmountNotOwed
from services.collections.cases.problems import CaseClosed
from services.collections.cases.sight import InSight
from services.collections.disputes import operations
from services.collections.disputes.model import Dispute
from services.collections.disputes.problems import DisputeOver, InvoiceDisputed
from services.collections.disputes.rules import DisputeState
from services.collections.text import Note
from shared.auth import Role, allow
from shared.http import IfMatch, Session, Transactional, etag
from shared.money import MoneyIn, MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections", tags=["collections"], route_class=Transactional)

WORKERS: Final = allow(Role.COLLECTOR)


class DisputeIn(BaseModel):
    """What a customer says is not owed."""

    model_config = ConfigDict(extra="forbid")

    invoice_id: UUID
    amount: MoneyIn | None = Field(None, description="All that is open of it, if left out.")
    reason: Note


class ResolutionIn(BaseModel):
    """How it is decided."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["upheld", "rejected"] = Field(
        description="Upheld: then issue a credit note; until it has taken the amount off the"
        " invoice, that counts for nothing."
    )
    note: Note | None = None


class DisputeOut(BaseModel):
    """An amount of an invoice that its customer says is not owed."""

    id: UUID
    version: int
    case_id: UUID
    customer_id: UUID
    line_id: UUID | None
    invoice_id: UUID
    status: DisputeState
    amount: MoneyOut
    waiting: MoneyOut = Field(
        description="Upheld: what credit notes and write-offs have yet to take off the invoice."
    )
    reason: str
    opened_on: date
    opened_by: UUID
    resolved_on: date | None
    resolved_by: UUID | None
    resolution: str | None

    @classmethod
    def of(cls, dispute: Dispute) -> Self:
        """Show a dispute."""
        amounts = {"amount", "waiting"}
        names = [name for name in cls.model_fields if name not in amounts]
        return cls(
            **{name: getattr(dispute, name) for name in names},
            amount=MoneyOut.of(dispute.amount_minor, dispute.currency),
            waiting=MoneyOut.of(dispute.waiting_minor, dispute.currency),
        )


@router.post(
    "/cases/{case_id}/disputes",
    status_code=201,
    dependencies=[WORKERS],
    responses=problem_docs(
        NotFound, AmountNotOwed, CaseClosed, InvoiceDisputed, UnknownOrganization
    ),
)
async def open_dispute(
    case_id: UUID, body: DisputeIn, sight: InSight, session: Session, response: Response
) -> DisputeOut:
    """Take a disputed amount out of what counts until it is decided."""
    currency = (await load_organization(session, sight.organization_id)).currency
    amount = views.money(body.amount, currency, "amount") if body.amount else None
    dispute = await operations.open_dispute(
        session,
        sight,
        case_id,
        invoice_id=body.invoice_id,
        amount_minor=amount.minor if amount is not None else None,
        reason=body.reason,
    )
    response.headers["ETag"] = etag(dispute.version)
    response.headers["Location"] = f"/collections/disputes/{dispute.id}"
    return DisputeOut.of(dispute)


@router.get("/disputes", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_disputes(
    sight: InSight,
    session: Session,
    paging: Paging,
    status: Annotated[DisputeState | None, Query()] = None,
    case_id: Annotated[UUID | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
    invoice_id: Annotated[UUID | None, Query()] = None,
    waiting: Annotated[
        bool | None, Query(description="Upheld, and not taken off the invoice yet.")
    ] = None,
) -> Page[DisputeOut]:
    """Disputes; sorted by `opened_at` (default, the latest first) or `amount`."""
    query = operations.of_sight(sight)
    exact = {
        Dispute.status: status,
        Dispute.case_id: case_id,
        Dispute.customer_id: customer_id,
        Dispute.invoice_id: invoice_id,
    }
    query = query.where(*(column == value for column, value in exact.items() if value is not None))
    if waiting is not None:
        query = query.where((Dispute.waiting_minor > 0) == waiting)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={
            "opened_at": Dispute.id.expression,
            "amount": Dispute.amount_minor.expression,
        },
        default="-opened_at",
        key=Dispute.id.expression,
    )
    return Page(items=[DisputeOut.of(row[0]) for row in rows], next=following)


@router.get("/disputes/{dispute_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_dispute(
    dispute_id: UUID, sight: InSight, session: Session, response: Response
) -> DisputeOut:
    """One dispute."""
    found = await operations.get(session, sight, dispute_id)
    response.headers["ETag"] = etag(found.version)
    return DisputeOut.of(found)


@router.post(
    "/disputes/{dispute_id}/resolve",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, DisputeOver, PreconditionFailed, UnknownOrganization),
)
async def resolve_dispute(
    dispute_id: UUID,
    body: ResolutionIn,
    sight: InSight,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> DisputeOut:
    """Decide a dispute."""
    decided = await operations.resolve(
        session, sight, dispute_id, upheld=body.outcome == "upheld", note=body.note, seen=seen
    )
    response.headers["ETag"] = etag(decided.version)
    return DisputeOut.of(decided)
