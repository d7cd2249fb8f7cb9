"""Notes and calls: what a collector puts on a timeline."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity, record
from services.collections.cases import store as cases
from services.collections.cases.desk import walk
from services.collections.cases.model import Case
from services.collections.cases.rules import CaseStatus
from services.collections.cases.sight import Sight
from services.collections.contacts import store as contacts
from services.collections.contacts.operations import expect_allowed
from services.collections.contacts.rules import ContactChannel
from services.collections.enforcement.locks import Customers, hold
from services.collections.status.operations import terms_of
from shared import clock
from shared.db import raw


class CallOutcome(StrEnum):
    """How a contact went."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    WRONG_PERSON = "wrong_person"
    REFUSED = "refused"
    CALL_BACK = "call_back"
    LEFT_MESSAGE = "left_message"


class Direction(StrEnum):
    """Who began it."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


async def add_note(session: AsyncSession, sight: Sight, case_id: UUID, text: str) -> Activity:
    """Write a note on a case, which counts as having been in touch with it."""
    terms = await terms_of(session, sight.organization_id)
    case = await cases.lock(session, sight, case_id)
    case.last_contact_at = terms.clock
    case.version += 1
    await session.flush()
    return await _note_down(session, sight, case, ActivityKind.NOTE, text, {})


async def add_contact(
    session: AsyncSession,
    sight: Sight,
    case_id: UUID,
    *,
    channel: ContactChannel,
    direction: Direction,
    outcome: CallOutcome,
    note: str | None,
) -> Activity:
    """Write down a call or another contact; ContactRuleBroken for one that may not be made.

    The customer is held before anything is counted, so calls made at the same moment are
    counted one after the other. Reaching the customer brings an assigned case into contact.
    """
    found = await cases.get(session, sight, case_id)
    customer_id = found.case.customer_id
    tx = await raw(session)
    await hold(tx, Customers([(sight.organization_id, customer_id)]))
    terms = await terms_of(session, sight.organization_id)
    if direction is Direction.OUTBOUND:
        await expect_allowed(tx, terms, customer_id, channel)
        of = sight.organization_id, customer_id, case_id
        await contacts.record(tx, *of, channel, terms.today, terms.clock)
    case = await cases.lock(session, sight, case_id)
    case.last_contact_at = terms.clock
    case.version += 1
    await session.flush()
    kind = ActivityKind.CALL if channel is ContactChannel.CALL else ActivityKind.CONTACT
    data = {"channel": channel.value, "direction": direction.value, "outcome": outcome.value}
    activity = await _note_down(session, sight, case, kind, note, data)
    if outcome is CallOutcome.REACHED and case.status == CaseStatus.ASSIGNED:
        await walk(session, case, (CaseStatus.IN_CONTACT,), sight.caller)
    return activity


async def _note_down(
    session: AsyncSession,
    sight: Sight,
    case: Case,
    kind: ActivityKind,
    note: str | None,
    data: dict[str, Any],
) -> Activity:
    activity = Activity(case.id, case.organization_id, kind, sight.caller, note, data)
    await record(await raw(session), [activity], clock.now())
    return activity
