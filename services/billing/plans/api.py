"""HTTP <-> plans."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.categories import store as categories_store
from services.billing.categories.problems import CategoryInactive, CategoryUnknown
from services.billing.invoices.rules import UNTAXED, TaxCategory
from services.billing.plans import store
from services.billing.plans.model import Plan, PlanPrice
from services.billing.plans.problems import PlanExists, PlanInUse, PriceInThePast
from services.billing.plans.rules import Interval, Timing
from services.billing.plans.schemas import PlanIn, PlanOut, PlanPatch, PriceIn
from shared import clock
from shared.auth import Role, allow
from shared.http import (
    APIRouter,
    IfMatch,
    OrganizationId,
    Session,
    Transactional,
    etag,
    expect_version,
)
from shared.ids import new_id
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import NotFound, PreconditionFailed, ValidationFailed, problem_docs
from shared.tenancy import Organization, UnknownOrganization, load_organization

router = APIRouter(prefix="/plans", tags=["plans"], route_class=Transactional)

WRITERS: Final = [allow(Role.CLERK)]
NO_CATEGORY: Final = (CategoryUnknown, CategoryInactive)
SORTABLE: Final[dict[str, Any]] = {
    "code": Plan.code,
    "name": Plan.name,
    "created_at": Plan.created_at,
}


async def tenant(session: Session, organization_id: OrganizationId) -> Organization:
    """The caller's organization."""
    return await load_organization(session, organization_id)


Tenant = Annotated[Organization, Depends(tenant)]


@router.get("", responses=problem_docs(BadSort, BadCursor, UnknownOrganization))
async def list_plans(
    paging: Paging,
    session: Session,
    organization: Tenant,
    active: bool | None = None,
    interval: Interval | None = None,
    timing: Timing | None = None,
    q: Annotated[
        str | None, Query(max_length=100, description="A part of the code or the name.")
    ] = None,
) -> Page[PlanOut]:
    """Plans by their codes."""
    query = store.listing(organization.id)
    equal = ((Plan.active, active), (Plan.interval, interval), (Plan.timing, timing))
    query = query.where(*(column == value for column, value in equal if value is not None))
    if q and (part := q.strip()):
        within = (column.icontains(part, autoescape=True) for column in (Plan.code, Plan.name))
        query = query.where(or_(*within))
    rows, following = await paginate(
        session, query, paging, sortable=SORTABLE, default="code", key=Plan.id.expression
    )
    today = organization.today()
    return Page(items=[PlanOut.of(plan, today) for (plan,) in rows], next=following)


@router.post(
    "",
    status_code=201,
    dependencies=WRITERS,
    responses=problem_docs(PlanExists, *NO_CATEGORY, UnknownOrganization),
)
async def create_plan(
    body: PlanIn, session: Session, organization: Tenant, response: Response
) -> PlanOut:
    """A new plan with its first price."""
    currency, now = organization.currency, clock.now()
    setup_fee_minor = 0 if body.setup_fee is None else body.setup_fee.to_minor(currency)
    same = {"code", "name", "interval", "timing", "tax_rate", "price_includes_tax", "category_id"}
    implied = TaxCategory.STANDARD if body.tax_rate else TaxCategory.ZERO
    await _require_category(session, organization.id, body.category_id)
    plan = Plan(
        id=new_id(),
        organization_id=organization.id,
        currency=currency,
        setup_fee_minor=setup_fee_minor,
        tax_category=body.tax_category or implied,
        version=1,
        created_at=now,
        updated_at=now,
        prices=[],
        **body.model_dump(include=same | {"suspended_rule", "unused_rule", "active"}),
    )
    first = PlanPrice(
        organization_id=organization.id,
        plan_id=plan.id,
        starts_on=body.price_from or organization.today(),
        price_minor=body.price.to_minor(currency),
    )
    plan.prices.append(first)
    session.add(plan)
    await _flush(session, PlanExists(body.code, body.name))
    response.headers["Location"] = f"/plans/{plan.id}"
    return _shown(plan, organization, response)


@router.get("/{plan_id}", responses=problem_docs(NotFound, UnknownOrganization))
async def get_plan(
    plan_id: UUID, session: Session, organization: Tenant, response: Response
) -> PlanOut:
    """One plan with all its prices."""
    return _shown(await store.read(session, organization.id, plan_id), organization, response)


@router.patch(
    "/{plan_id}",
    dependencies=WRITERS,
    responses=problem_docs(
        NotFound, PlanExists, *NO_CATEGORY, PreconditionFailed, UnknownOrganization
    ),
)
async def edit_plan(
    plan_id: UUID,
    body: PlanPatch,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
) -> PlanOut:
    """Change a plan for what is billed from now on; what is left out stays."""
    plan = await store.lock(session, organization.id, plan_id)
    expect_version(seen, plan.version)
    await _require_category(session, organization.id, body.category_id)
    for name, value in body.changes(organization.currency).items():
        setattr(plan, name, value)
    if plan.tax_rate and TaxCategory(plan.tax_category) in UNTAXED:
        raise ValidationFailed.of(f"what is {plan.tax_category} has no tax rate", "body")
    plan.touch()
    await _flush(session, PlanExists(None, body.name))
    return _shown(plan, organization, response)


@router.delete(
    "/{plan_id}",
    status_code=204,
    dependencies=WRITERS,
    responses=problem_docs(NotFound, PlanInUse, PreconditionFailed, UnknownOrganization),
)
async def delete_plan(plan_id: UUID, session: Session, organization: Tenant, seen: IfMatch) -> None:
    """Delete a plan that nobody ever subscribed to."""
    plan = await store.lock(session, organization.id, plan_id)
    expect_version(seen, plan.version)
    await session.delete(plan)
    await _flush(session, PlanInUse(plan_id))


@router.put(
    "/{plan_id}/prices/{starts_on}",
    dependencies=WRITERS,
    responses=problem_docs(NotFound, PriceInThePast, PreconditionFailed, UnknownOrganization),
)
async def set_plan_price(
    plan_id: UUID,
    starts_on: date,
    body: PriceIn,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
) -> PlanOut:
    """Set what a period costs that begins on this day or later, until the next price's day."""
    plan = await store.lock(session, organization.id, plan_id)
    expect_version(seen, plan.version)
    if starts_on < organization.today():
        raise PriceInThePast(organization.today(), "path", "starts_on")
    plan.set_price(starts_on, body.price.to_minor(organization.currency))
    await session.flush()
    return _shown(plan, organization, response)


@router.delete(
    "/{plan_id}/prices/{starts_on}",
    dependencies=WRITERS,
    responses=problem_docs(NotFound, PriceInThePast, PreconditionFailed, UnknownOrganization),
)
async def drop_plan_price(
    plan_id: UUID,
    starts_on: date,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
) -> PlanOut:
    """Take back a price that was to begin later than today."""
    plan = await store.lock(session, organization.id, plan_id)
    expect_version(seen, plan.version)
    price = next((each for each in plan.prices if each.starts_on == starts_on), None)
    if price is None:
        raise NotFound("price", str(starts_on))
    if starts_on <= organization.today():
        raise PriceInThePast(organization.today(), "path", "starts_on")
    plan.prices.remove(price)
    plan.touch()
    await session.flush()
    return _shown(plan, organization, response)


async def _require_category(
    session: AsyncSession, organization_id: UUID, category_id: UUID | None
) -> None:
    if category_id is not None:
        await categories_store.require_usable(session, organization_id, [category_id])


async def _flush(session: AsyncSession, otherwise: Exception) -> None:
    """Write; what a unique or a foreign key refuses becomes `otherwise`."""
    try:
        await session.flush()
    except IntegrityError as error:
        raise otherwise from error


def _shown(plan: Plan, organization: Organization, response: Response) -> PlanOut:
    response.headers["ETag"] = etag(plan.version)
    return PlanOut.of(plan, organization.today())
