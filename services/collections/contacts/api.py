"""HTTP for contacts: what a customer wants, and what may be done now."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from services.collections.cases import store as cases
from services.collections.cases.model import Case
from services.collections.cases.sight import InSight, Sight
from services.collections.contacts import store
from services.collections.contacts.operations import situation
from services.collections.contacts.rules import ContactChannel, Rule, broken_by, opens_next
from services.collections.contacts.store import Preference
from services.collections.enforcement.locks import Customers, hold
from services.collections.lines.model import Customer
from services.collections.status.operations import terms_of
from shared import clock
from shared.auth import Role, allow
from shared.db import raw
from shared.http import IfMatch, Session, Transactional, etag, expect_version
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(prefix="/collections", tags=["collections"], route_class=Transactional)


class PreferenceIn(BaseModel):
    """By which channels a customer wants no contact."""

    model_config = ConfigDict(extra="forbid")

    opted_out: Annotated[list[ContactChannel], Field(max_length=len(ContactChannel))]


class PreferenceOut(BaseModel):
    """What a customer wants."""

    customer_id: UUID
    version: int = Field(description="0: nothing was said.")
    opted_out: list[ContactChannel]

    @classmethod
    def of(cls, customer_id: UUID, found: Preference) -> "PreferenceOut":
        """Show it."""
        return cls(customer_id=customer_id, version=found.version, opted_out=list(found.opted_out))


class ChannelOut(BaseModel):
    """Whether a customer may be contacted by a channel now."""

    channel: ContactChannel
    allowed: bool
    rule: Rule | None = Field(description="The rule that stands against it.")
    why: str | None


class ContactabilityOut(BaseModel):
    """How things stand with the customer of a case."""

    case_id: UUID
    customer_id: UUID
    local_time: datetime = Field(description="Where the customer is.")
    next_hours_at: datetime | None = Field(description="When contacts may be made by the hour.")
    channels: list[ChannelOut]


@router.get(
    "/contact-preferences/{customer_id}",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound),
)
async def get_contact_preference(
    customer_id: UUID, sight: InSight, session: Session, response: Response
) -> PreferenceOut:
    """By which channels a customer wants no contact; a collector asks about their own cases'."""
    await _expect_in_sight(session, sight, customer_id)
    found = await store.preference(await raw(session), sight.organization_id, customer_id)
    response.headers["ETag"] = etag(found.version)
    return PreferenceOut.of(customer_id, found)


@router.put(
    "/contact-preferences/{customer_id}",
    dependencies=[allow(Role.COLLECTOR, Role.CLERK)],
    responses=problem_docs(NotFound, PreconditionFailed),
)
async def put_contact_preference(
    customer_id: UUID,
    body: PreferenceIn,
    sight: InSight,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> PreferenceOut:
    """Write down what a customer wants; reminders and calls observe it from now on."""
    tx = await raw(session)
    await _expect_in_sight(session, sight, customer_id)
    await hold(tx, Customers([(sight.organization_id, customer_id)]))
    known = await store.preference(tx, sight.organization_id, customer_id)
    expect_version(seen, known.version)
    by = sight.caller.user_id
    await store.prefer(tx, sight.organization_id, customer_id, body.opted_out, clock.now(), by)
    found = await store.preference(tx, sight.organization_id, customer_id)
    response.headers["ETag"] = etag(found.version)
    return PreferenceOut.of(customer_id, found)


@router.get(
    "/cases/{case_id}/contactability",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def get_contactability(case_id: UUID, sight: InSight, session: Session) -> ContactabilityOut:
    """By which channels the customer of a case may be contacted now, and what stands against it."""
    shown = await cases.get(session, sight, case_id)
    customer_id = shown.case.customer_id
    terms = await terms_of(session, sight.organization_id)
    found = await situation(await raw(session), terms, customer_id)
    broken = {
        channel: broken_by(found.rules, channel, found.local, found.made)
        for channel in ContactChannel
    }
    return ContactabilityOut(
        case_id=case_id,
        customer_id=customer_id,
        local_time=found.local,
        next_hours_at=opens_next(found.rules, found.local),
        channels=[
            ChannelOut(
                channel=channel,
                allowed=refusal is None,
                rule=refusal.rule if refusal else None,
                why=refusal.why if refusal else None,
            )
            for channel, refusal in broken.items()
        ],
    )


async def _expect_in_sight(session: Session, sight: Sight, customer_id: UUID) -> None:
    """NotFound for a customer not heard of, and for a collector without a case of theirs."""
    query = select(Customer.id).where(
        Customer.organization_id == sight.organization_id, Customer.id == customer_id
    )
    if sight.is_collectors:
        of_cases = select(Case.customer_id).where(sight.condition())
        query = query.where(Customer.id.in_(of_cases))
    if await session.scalar(query) is None:
        raise NotFound("customer", customer_id)
