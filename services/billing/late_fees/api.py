"""HTTP <-> late fees and their rules."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Response

from services.billing.invoices.api import Tenant, shown
from services.billing.invoices.schemas import InvoiceDetail
from services.billing.late_fees import operations, store
from services.billing.late_fees.model import LateFeeRule
from services.billing.late_fees.problems import (
    NotChargeable,
    RuleCodeTaken,
    RuleUnknown,
    RuleUsed,
)
from services.billing.late_fees.schemas import LateFeeIn, RuleIn, RuleOut, RulePatch
from shared.auth import Role, allow
from shared.http import APIRouter, IfMatch, OrganizationId, Session, Transactional, etag
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(tags=["late fees"], route_class=Transactional)

SORTABLE: Final[dict[str, Any]] = {
    "code": LateFeeRule.code,
    "created_at": LateFeeRule.created_at,
}


@router.post(
    "/invoices/{invoice_id}/late-fees",
    status_code=201,
    dependencies=[allow(Role.CLERK)],
    responses={
        200: {"model": InvoiceDetail, "description": "The fee was charged before."},
        **problem_docs(NotFound, RuleUnknown, NotChargeable, UnknownOrganization),
    },
)
async def charge_late_fee(
    invoice_id: UUID,
    body: LateFeeIn,
    session: Session,
    organization: Tenant,
    response: Response,
) -> InvoiceDetail:
    """Charge an overdue invoice by a rule: once per rule and period, however often it is asked."""
    fee_id, new = await operations.charge(session, organization, invoice_id, body.rule)
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"/invoices/{fee_id}"
    return await shown(session, organization, fee_id, response)


@router.get("/late-fee-rules")
async def list_late_fee_rules(
    paging: Paging,
    session: Session,
    organization_id: OrganizationId,
    active: bool | None = None,
    code: Annotated[str | None, Query(max_length=50)] = None,
) -> Page[RuleOut]:
    """Rules by code."""
    query = store.listing(organization_id)
    if active is not None:
        query = query.where(LateFeeRule.active == active)
    if code is not None:
        query = query.where(LateFeeRule.code == code)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=SORTABLE,
        default="code",
        key=LateFeeRule.id.expression,
    )
    return Page(items=[RuleOut.of(rule) for (rule,) in rows], next=following)


@router.post(
    "/late-fee-rules",
    status_code=201,
    dependencies=[allow()],
    responses=problem_docs(RuleCodeTaken, UnknownOrganization),
)
async def create_late_fee_rule(
    body: RuleIn, session: Session, organization: Tenant, response: Response
) -> RuleOut:
    """Make a rule, in the organization's currency."""
    rule = await operations.create_rule(
        session, organization, body.code, body.name, body.terms(organization.currency)
    )
    response.headers["Location"] = f"/late-fee-rules/{rule.id}"
    return _shown(rule, response)


@router.get("/late-fee-rules/{rule_id}", responses=problem_docs(NotFound))
async def get_late_fee_rule(
    rule_id: UUID, session: Session, organization_id: OrganizationId, response: Response
) -> RuleOut:
    """One rule."""
    return _shown(await store.read(session, organization_id, rule_id), response)


@router.patch(
    "/late-fee-rules/{rule_id}",
    dependencies=[allow()],
    responses=problem_docs(
        NotFound, RuleCodeTaken, RuleUsed, PreconditionFailed, UnknownOrganization
    ),
)
async def change_late_fee_rule(
    rule_id: UUID,
    body: RulePatch,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
) -> RuleOut:
    """Rename or (de)activate a rule; change its terms while it has charged nothing."""
    changes = body.model_dump(include={"name", "active"}, exclude_unset=True)
    terms = None if body.terms is None else body.terms.terms(organization.currency)
    rule = await operations.change_rule(session, organization.id, rule_id, seen, changes, terms)
    return _shown(rule, response)


def _shown(rule: LateFeeRule, response: Response) -> RuleOut:
    response.headers["ETag"] = etag(rule.version)
    return RuleOut.of(rule)
