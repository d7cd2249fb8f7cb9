"""Reminders on their way: taken in small numbers, sent with nothing locked, written down.

A worker that dies between a provider's answer and its own commit sends the message again when
its promise has run out: at least once, under the same message id. Everything a message says is
read anew just before it is sent.
"""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Final

import structlog

from services.collections.channels.rules import Way, pause_after
from services.collections.channels.ways import Message, Ways, open_ways
from services.collections.contacts import store as contacts
from services.collections.contacts.rules import ContactChannel, Rule, broken_by, opens_next
from services.collections.deliveries import store
from services.collections.deliveries.model import DeliveryStatus
from services.collections.deliveries.rules import not_needed, way_now
from services.collections.deliveries.store import Fresh, Taken
from services.collections.enforcement.locks import Customers, hold
from services.collections.reminders.choosing import still_wanted
from services.collections.reminders.operations import zone_of
from services.collections.reminders.schedules import Schedules, schedules_of
from services.collections.texts.rules import Facts, language_of, locale_of, write
from services.collections.texts.store import texts_of
from shared import clock
from shared.bus.handlers import Transient
from shared.db import Connection, Database
from shared.mail import Bounced
from shared.money import Money
from shared.tenancy import Organization, load_organization
from shared.timers import every

log = structlog.get_logger(__name__)

PAGE: Final = 40
AT_ONCE: Final = 8
MOST_PAGES: Final = 50


@every(seconds=1.0)
async def deliver_reminders(db: Database) -> int:
    """Send what is due to be sent; how many were looked at."""
    taken = await _take(db)
    if not taken:
        return 0  # most runs: the ways out are dear to open
    seen = 0
    async with open_ways() as ways:
        while taken:
            limit = asyncio.Semaphore(AT_ONCE)
            await asyncio.gather(*(_deliver(db, ways, one, limit) for one in taken))
            seen += len(taken)
            more = len(taken) == PAGE and seen < MOST_PAGES * PAGE
            taken = await _take(db) if more else []
    return seen


async def _take(db: Database) -> list[Taken]:
    async with db.transaction(None) as tx:
        return await store.take(tx, clock.now(), PAGE)


async def _deliver(db: Database, ways: Ways, taken: Taken, limit: asyncio.Semaphore) -> None:
    """Bring one delivery a step further."""
    async with limit:
        prepared = await _prepare(db, taken)
        if prepared is None:
            return
        way, message = prepared
        try:
            outcome = await ways.send(way, message)
        except Transient as error:
            await _try_later(db, taken, str(error))
            return
        bounced = isinstance(outcome, Bounced)
        status = DeliveryStatus.BOUNCED if bounced else DeliveryStatus.SENT
        said = outcome.reason if isinstance(outcome, Bounced) else outcome.answer
        async with db.transaction(None) as tx:
            await store.settle(tx, taken, status, said, clock.now(), way.address)


async def _prepare(db: Database, taken: Taken) -> tuple[Way, Message] | None:
    """What is to be sent and where to, by what is true now; None when nothing is, now.

    The customer is held, so that of two messages at once the second counts the first.
    """
    async with db.transaction(None) as tx:
        await hold(tx, Customers([(taken.organization_id, taken.customer_id)]))
        organization = await load_organization(tx, taken.organization_id)
        today = organization.today()
        fresh = await store.fresh(tx, taken, organization)
        if fresh is None:
            return None
        reason = not_needed(fresh.kind, fresh.due_on, fresh.open_minor, today, paused=fresh.paused)
        schedules = await schedules_of(tx, organization.id)
        whose = (taken.customer_id, fresh.line_id, fresh.stage)
        if reason is None and not await still_wanted(tx, schedules, *whose):
            reason = "the policy no longer reminds this customer of it"
        if reason is not None:
            await store.settle(tx, taken, DeliveryStatus.NOT_NEEDED, reason, clock.now())
            return None
        way = way_now(fresh.channel, email=fresh.email, phone=fresh.phone)
        if way is None:
            reason = "the customer has no address"
            await store.settle(tx, taken, DeliveryStatus.FAILED, reason, clock.now())
            return None
        if not await _allowed(tx, taken, fresh, organization, schedules):
            return None
        texts = await texts_of(tx, organization.id)
    language = language_of(fresh.language, organization.locale)
    text = write(
        texts[fresh.kind, language],
        fresh.kind,
        _facts(fresh, organization),
        locale_of(language, organization.country),
    )
    return way, Message(taken.id, organization.name, text.title, text.body, language)


async def _allowed(
    tx: Connection, taken: Taken, fresh: Fresh, organization: Organization, schedules: Schedules
) -> bool:
    """Whether the contact rules permit the message now; else it is put off, or not sent at all.

    A message counts as one contact, however often it is tried.
    """
    rules = schedules.everybody.contact
    channel, today, now = (
        ContactChannel(fresh.channel.value),
        organization.today(),
        organization.now(),
    )
    local = now.astimezone(zone_of(fresh.time_zone, organization))
    made = (await contacts.made(tx, organization.id, [taken.customer_id], today))[taken.customer_id]
    if taken.attempts > 1:
        made = made._replace(messages_today=0)
    broken = broken_by(rules, channel, local, made)
    if broken is None:
        if taken.attempts == 1:
            at = (organization.id, taken.customer_id, None, channel, today, now)
            await contacts.record(tx, *at)
        return True
    again_from = local
    if broken.rule is Rule.MESSAGES_PER_DAY:
        again_from = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=local.tzinfo)
    opens = opens_next(rules, again_from)
    if broken.rule is Rule.OPTED_OUT or opens is None:
        await store.settle(tx, taken, DeliveryStatus.NOT_NEEDED, broken.why, clock.now())
    else:
        next_at = opens.astimezone(UTC) - organization.clock_offset
        await store.defer(tx, taken, next_at, broken.why, spent=False)
    return False


def _facts(fresh: Fresh, organization: Organization) -> Facts:
    return Facts(
        provider=organization.name,
        customer=fresh.name,
        number=fresh.number,
        amount=Money(fresh.open_minor, fresh.currency),
        due_on=fresh.due_on,
        today=organization.today(),
    )


async def _try_later(db: Database, taken: Taken, reason: str) -> None:
    pause = pause_after(taken.attempts)
    async with db.transaction(None) as tx:
        if pause is None:
            await store.settle(tx, taken, DeliveryStatus.FAILED, reason, clock.now())
            log.warning("reminder-not-delivered", delivery_id=str(taken.id), reason=reason)
        else:
            await store.defer(tx, taken, clock.now() + pause, reason, spent=True)
