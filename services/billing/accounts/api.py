"""HTTP <-> the billing accounts of customers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from pydantic import BaseModel, BeforeValidator, Field

from services.billing.accounts import store
from services.billing.accounts.problems import AccountInUse
from services.billing.accounts.store import Account
from services.billing.customers.operations import require_known
from services.billing.customers.problems import CustomerUnknown
from shared.auth import Role, allow
from shared.db import Connection, raw
from shared.http import (
    APIRouter,
    IfMatch,
    OrganizationId,
    Session,
    Transactional,
    etag,
    expect_version,
)
from shared.money import CURRENCY_PATTERN, exponent
from shared.problems import PreconditionFailed, problem_docs
from shared.tenancy import Organization, UnknownOrganization, load_organization

router = APIRouter(
    prefix="/customers/{customer_id}/billing-account",
    tags=["customers"],
    route_class=Transactional,
)


def _known_currency(value: Any) -> Any:
    if isinstance(value, str):
        exponent(value)
    return value


async def _organization(session: Session, organization_id: OrganizationId) -> Organization:
    return await load_organization(session, organization_id)


Tenant = Annotated[Organization, Depends(_organization)]


class AccountIn(BaseModel):
    """In which currency a customer is billed."""

    currency: Annotated[
        str, BeforeValidator(_known_currency), Field(pattern=CURRENCY_PATTERN, examples=["USD"])
    ]


class AccountOut(BaseModel):
    """In which currency a customer is billed."""

    customer_id: UUID
    currency: str
    version: int = Field(description="0 while it is the organization's currency by default.")


@router.get("", responses=problem_docs(CustomerUnknown, UnknownOrganization))
async def get_billing_account(
    customer_id: UUID, session: Session, organization: Tenant, response: Response
) -> AccountOut:
    """The currency a customer is billed in."""
    connection = await raw(session)
    await require_known(connection, organization.id, customer_id)
    return await _shown(connection, organization, customer_id, response)


@router.put(
    "",
    dependencies=[allow(Role.CLERK)],
    responses=problem_docs(CustomerUnknown, AccountInUse, PreconditionFailed, UnknownOrganization),
)
async def put_billing_account(
    customer_id: UUID,
    body: AccountIn,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
) -> AccountOut:
    """Bill a customer in a currency from now on; not while another one is owed."""
    connection = await raw(session)
    await require_known(connection, organization.id, customer_id)
    before = await _load(connection, organization, customer_id, lock=True)
    expect_version(seen, before.version)
    if await store.owes_otherwise(connection, organization.id, customer_id, body.currency):
        raise AccountInUse(customer_id, body.currency)
    await store.put(connection, organization.id, customer_id, body.currency)
    return await _shown(connection, organization, customer_id, response)


async def _load(
    tx: Connection, organization: Organization, customer_id: UUID, *, lock: bool = False
) -> Account:
    return await store.load(tx, organization.id, customer_id, organization.currency, lock=lock)


async def _shown(
    tx: Connection, organization: Organization, customer_id: UUID, response: Response
) -> AccountOut:
    account = await _load(tx, organization, customer_id)
    response.headers["ETag"] = etag(account.version)
    return AccountOut(customer_id=customer_id, currency=account.currency, version=account.version)
