"""HTTP <-> subscriptions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Response

from services.billing.customers.problems import (
    CustomerInactive,
    CustomerUnknown,
    LineOfAnotherCustomer,
    LineUnknown,
)
from services.billing.plans.api import Tenant
from services.billing.plans.problems import PlanInactive, PlanUnknown
from services.billing.subscriptions import adoption, operations, store
from services.billing.subscriptions.model import Subscription
from services.billing.subscriptions.operations import Wanted, with_status
from services.billing.subscriptions.problems import (
    ChangeOutOfOrder,
    DayOutOfReach,
    LineNotServed,
    RhythmChange,
    WrongSubscriptionStatus,
)
from services.billing.subscriptions.rules import ChangeKind, SubscriptionStatus, Terms
from services.billing.subscriptions.schemas import (
    AdoptIn,
    AdoptOut,
    OnDay,
    SubscriptionDetail,
    SubscriptionIn,
    SubscriptionOut,
    TermsChange,
)
from shared.auth import Caller, Role, allow
from shared.http import APIRouter, IfMatch, Session, Transactional, etag
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import Organization, UnknownOrganization

router = APIRouter(tags=["subscriptions"], route_class=Transactional)

WRITERS: Final = [allow(Role.CLERK)]
SORTABLE: Final[dict[str, Any]] = {
    "created_at": Subscription.created_at,
    "starts_on": Subscription.starts_on,
    "bills_on": Subscription.bills_on,
}
NOT_CHANGED: Final = (
    NotFound,
    WrongSubscriptionStatus,
    ChangeOutOfOrder,
    DayOutOfReach,
    PreconditionFailed,
    UnknownOrganization,
)


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a request to change a subscription brings beside its body."""

    subscription_id: UUID
    session: Session
    organization: Tenant
    caller: Caller
    seen: IfMatch
    response: Response

    async def __call__(
        self, kind: ChangeKind, body: OnDay, amended: Callable[[Terms], Terms]
    ) -> SubscriptionDetail:
        """Put other terms in force from the body's day on, and show what that leaves."""
        subscription = await operations.amend(
            self.session,
            self.organization,
            self.subscription_id,
            self.seen,
            kind,
            body.on,
            amended,
            by=self.caller.name,
            reason=body.reason,
        )
        return await _shown(self.session, self.organization, subscription, self.response)


Amend = Annotated[Amendment, Depends()]


@router.get("/subscriptions", responses=problem_docs(BadSort, BadCursor, UnknownOrganization))
async def list_subscriptions(
    paging: Paging,
    session: Session,
    organization: Tenant,
    customer_id: UUID | None = None,
    line_id: UUID | None = None,
    plan_id: UUID | None = None,
    status: SubscriptionStatus | None = None,
) -> Page[SubscriptionOut]:
    """Subscriptions, the latest first."""
    filters = store.Filters(customer_id, line_id, plan_id, status)
    rows, following = await paginate(
        session,
        store.listing(organization.id, filters, organization.today()),
        paging,
        sortable=SORTABLE,
        default="-created_at",
        key=Subscription.id.expression,
    )
    items = [
        SubscriptionOut.of(subscription, status_today, customer, plan, organization.currency)
        for subscription, status_today, customer, plan in rows
    ]
    return Page(items=items, next=following)


@router.post(
    "/subscriptions",
    status_code=201,
    dependencies=WRITERS,
    responses=problem_docs(
        CustomerUnknown,
        CustomerInactive,
        LineUnknown,
        LineOfAnotherCustomer,
        LineNotServed,
        PlanUnknown,
        PlanInactive,
        DayOutOfReach,
        UnknownOrganization,
    ),
)
async def create_subscription(
    body: SubscriptionIn,
    session: Session,
    organization: Tenant,
    caller: Caller,
    response: Response,
) -> SubscriptionDetail:
    """Subscribe a customer, or one of its lines, to a plan."""
    override = None if body.price is None else body.price.to_minor(organization.currency)
    given = body.model_dump(exclude={"price"})
    wanted = Wanted(**given, price_override_minor=override)
    subscription = await operations.create(session, organization, wanted, caller.name)
    response.headers["Location"] = f"/subscriptions/{subscription.id}"
    return await _shown(session, organization, subscription, response)


@router.get(
    "/subscriptions/{subscription_id}", responses=problem_docs(NotFound, UnknownOrganization)
)
async def get_subscription(
    subscription_id: UUID, session: Session, organization: Tenant, response: Response
) -> SubscriptionDetail:
    """One subscription with its history."""
    subscription = await store.read(session, organization.id, subscription_id)
    return await _shown(session, organization, subscription, response)


@router.post(
    "/subscriptions/{subscription_id}/change",
    dependencies=WRITERS,
    responses=problem_docs(*NOT_CHANGED, PlanUnknown, PlanInactive, RhythmChange),
)
async def change_subscription(body: TermsChange, amend: Amend) -> SubscriptionDetail:
    """Another plan, quantity or price from a day on; days already billed are made good."""
    changes: dict[str, Any] = body.model_dump(include={"plan_id", "quantity"}, exclude_unset=True)
    if "price" in body.model_fields_set:
        price, currency = body.price, amend.organization.currency
        changes["price_override_minor"] = price and price.to_minor(currency)
    return await amend(ChangeKind.CHANGED, body, lambda terms: replace(terms, **changes))


@router.post(
    "/subscriptions/{subscription_id}/pause",
    dependencies=WRITERS,
    responses=problem_docs(*NOT_CHANGED),
)
async def pause_subscription(body: OnDay, amend: Amend) -> SubscriptionDetail:
    """Charge nothing from a day on, until it is resumed."""
    return await amend(ChangeKind.PAUSED, body, with_status(SubscriptionStatus.PAUSED))


@router.post(
    "/subscriptions/{subscription_id}/resume",
    dependencies=WRITERS,
    responses=problem_docs(*NOT_CHANGED),
)
async def resume_subscription(body: OnDay, amend: Amend) -> SubscriptionDetail:
    """Charge again from a day on."""
    return await amend(ChangeKind.RESUMED, body, with_status(SubscriptionStatus.ACTIVE))


@router.post(
    "/subscriptions/{subscription_id}/cancel",
    dependencies=WRITERS,
    responses=problem_docs(*NOT_CHANGED),
)
async def cancel_subscription(body: OnDay, amend: Amend) -> SubscriptionDetail:
    """Charge nothing from a day on, for good; days billed ahead are credited as the plan says."""
    return await amend(ChangeKind.CANCELLED, body, with_status(SubscriptionStatus.CANCELLED))


@router.post(
    "/plans/{plan_id}/adopt",
    status_code=202,
    dependencies=WRITERS,
    responses=problem_docs(NotFound, PlanInactive, DayOutOfReach, UnknownOrganization),
)
async def adopt_lines(
    plan_id: UUID, body: AdoptIn, session: Session, organization: Tenant, caller: Caller
) -> AdoptOut:
    """Subscribe every line that carries the plan's name and has no subscription.

    Those of cancelled lines and inactive customers are left out; nobody pays a setup fee.
    """
    made, left = await adoption.adopt(
        session,
        organization,
        plan_id,
        body.starts_on,
        body.billing_day,
        keep_prices=body.keep_prices,
        by=caller.name,
    )
    return AdoptOut(plan_id=plan_id, subscribed=made, left=left)


async def _shown(
    session: Session, organization: Organization, subscription: Subscription, response: Response
) -> SubscriptionDetail:
    response.headers["ETag"] = etag(subscription.version)
    customer, names = await store.names(session, subscription)
    return SubscriptionDetail.of_history(
        subscription, customer, names, organization.currency, organization.today()
    )
