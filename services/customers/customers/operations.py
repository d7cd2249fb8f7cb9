"""What is done to customers, each with its announcement in the same transaction."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from psycopg import errors
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.customers.customers import store
from services.customers.customers.model import Customer
from services.customers.customers.problems import ExternalRefTaken, NationalIdTaken
from services.customers.customers.rules import Details, normalised, search_text
from shared import clock
from shared.contracts.customers import (
    CustomerDeactivated,
    CustomerReactivated,
    CustomerRegistered,
    CustomerUpdated,
)
from shared.http import expect_version
from shared.ids import external_id, new_id
from shared.outbox import Outgoing, emit
from shared.problems import ValidationFailed
from shared.tenancy import load_organization

Fact = (
    type[CustomerRegistered]
    | type[CustomerUpdated]
    | type[CustomerDeactivated]
    | type[CustomerReactivated]
)
NATIONAL_ID_KEY: Final = "uq_customer_national_id"


async def register(
    session: AsyncSession, organization_id: UUID, details: Details, external_ref: str | None
) -> Customer:
    """A new customer; its id follows from the external reference when it has one."""
    at = clock.now()
    stored = await _checked(session, organization_id, details)
    columns = stored._asdict() | {"tags": list(stored.tags)}
    customer = Customer(
        id=external_id(organization_id, "customer", external_ref) if external_ref else new_id(),
        organization_id=organization_id,
        version=1,
        external_ref=external_ref,
        active=True,
        created_at=at,
        updated_at=at,
        search_text=search_text(stored, external_ref),
        **columns,
    )
    session.add(customer)
    await announce(session, customer, CustomerRegistered)
    return customer


async def revise(
    session: AsyncSession,
    organization_id: UUID,
    customer_id: UUID,
    changes: Mapping[str, Any],
    seen: int | None,
) -> Customer:
    """Change the details given; announced when that made a difference."""
    customer = await store.lock_customer(session, organization_id, customer_id)
    expect_version(seen, customer.version)
    details = customer.details._replace(**changes)
    if customer.revise(await _checked(session, organization_id, details), clock.now()):
        await announce(session, customer, CustomerUpdated)
    return customer


async def reactivate(session: AsyncSession, organization_id: UUID, customer_id: UUID) -> Customer:
    """Serve a former customer again. The lines stay as they are."""
    customer = await store.lock_customer(session, organization_id, customer_id)
    customer.reactivate(clock.now())
    await announce(session, customer, CustomerReactivated)
    return customer


async def announce(session: AsyncSession, customer: Customer, fact: Fact) -> None:
    """Store the customer and say so; a refusal by a unique index becomes its problem."""
    national_id, external_ref = customer.national_id, customer.external_ref
    try:
        await session.flush()
    except IntegrityError as error:
        if not isinstance(error.orig, errors.UniqueViolation):
            raise
        if error.orig.diag.constraint_name == NATIONAL_ID_KEY:
            raise NationalIdTaken(national_id) from error
        raise ExternalRefTaken(external_ref) from error
    event = fact.model_validate(customer.facts())
    await emit(
        session,
        [Outgoing(event, customer.organization_id, customer.id, version=customer.version)],
    )


async def _checked(session: AsyncSession, organization_id: UUID, details: Details) -> Details:
    """The details as they are stored; ValidationFailed, with each that is wrong."""
    organization = await load_organization(session, organization_id)
    stored, faults = normalised(details, organization.country)
    if faults:
        raise ValidationFailed(
            {"loc": ["body", fault.field], "msg": fault.message, "type": "value_error"}
            for fault in faults
        )
    return stored
