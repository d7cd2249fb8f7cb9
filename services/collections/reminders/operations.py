"""The one path by which reminders are made, whatever asked for them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.collections.channels.rules import Channel, way_to
from services.collections.channels.ways import open_channels
from services.collections.contacts import store as contacts
from services.collections.contacts.rules import Made
from services.collections.deliveries import store as deliveries
from services.collections.deliveries.store import Queued
from services.collections.reminders import store
from services.collections.reminders.rules import Schedule, kind_of, may_send_at
from services.collections.reminders.store import New, Told
from services.collections.texts.rules import Facts, language_of, locale_of, write
from services.collections.texts.store import Texts, texts_of
from shared import clock
from shared.contracts.collections import ReminderCreated, ReminderKind
from shared.db import Connection
from shared.ids import new_id
from shared.money import Money
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization


async def remind(
    tx: Connection, organization: Organization, schedule: Schedule, told: Iterable[Told]
) -> int:
    """Remind of the invoices that have not been just now; how many that were.

    A constant number of statements. What is said of an invoice follows from today; texts,
    deliveries and announcements are written with it or not at all.
    """
    today, now = organization.today(), organization.now()
    by_key = {(one.invoice_id, kind_of(one.due_on, today)): one for one in told if not one.paused}
    if not by_key:
        return 0
    claimed = await store.claim(tx, organization.id, by_key, today, now)
    if not claimed:
        return 0
    texts = await texts_of(tx, organization.id)
    made = [
        _new(organization, texts, by_key[key], key[1], at) for key, at in sorted(claimed.items())
    ]
    asked = {invoice_id: one for (invoice_id, _), one in by_key.items()}
    await store.insert(tx, organization.id, made)
    await _queue(tx, organization, schedule, made, asked)
    await emit(tx, [_announced(new, organization) for new in made])
    return len(made)


def _new(
    organization: Organization, texts: Texts, one: Told, kind: ReminderKind, at: datetime
) -> New:
    language = language_of(one.language, organization.locale)
    today = organization.today()
    facts = Facts(
        provider=organization.name,
        customer=one.name,
        number=one.number,
        amount=Money(one.open_minor, one.currency),
        due_on=one.due_on,
        today=today,
    )
    text = write(texts[kind, language], kind, facts, locale_of(language, organization.country))
    return New(
        new_id(),
        one.customer_id,
        one.invoice_id,
        kind,
        today,
        at,
        language,
        text.title,
        text.body,
        one.number,
        one.currency,
        one.open_minor,
        one.due_on,
        one.stage,
    )


async def _queue(
    tx: Connection,
    organization: Organization,
    schedule: Schedule,
    made: Sequence[New],
    asked: Mapping[UUID, Told],
) -> None:
    """Have the reminders sent out, each by one way its customer has and wants."""
    ways = open_channels()
    if not ways:
        return
    customers = {new.customer_id for new in made}
    wishes = await contacts.made(tx, organization.id, customers, organization.today())
    queued = _queued(made, asked, organization, schedule, ways, wishes)
    await deliveries.queue(tx, organization.id, queued)


def _queued(
    made: Iterable[New],
    asked: Mapping[UUID, Told],
    organization: Organization,
    schedule: Schedule,
    ways: Collection[Channel],
    wishes: Mapping[UUID, Made],
) -> Iterator[Queued]:
    real_now = clock.now()
    for new in made:
        one = asked[new.invoice_id]
        way = way_to(
            schedule.channels,
            ways,
            email=one.email,
            phone=one.phone,
            opted_out=wishes[new.customer_id].opted_out,
        )
        send_at = may_send_at(
            new.created_at, zone_of(one.time_zone, organization), schedule.contact
        )
        if way is None or send_at is None:
            continue
        yield Queued(
            new_id(),
            new.id,
            new.customer_id,
            way.channel,
            way.address,
            max(send_at - organization.clock_offset, real_now),
            real_now,
        )


def zone_of(given: str | None, organization: Organization) -> ZoneInfo:
    """The customer's calendar: its own zone, else the organization's."""
    return ZoneInfo(given) if given else organization.zone


def _announced(new: New, organization: Organization) -> Outgoing:
    created = ReminderCreated(
        reminder_id=new.id,
        customer_id=new.customer_id,
        invoice_id=new.invoice_id,
        kind=new.kind,
        currency=new.currency,
        open_minor=new.open_minor,
        due_on=new.due_on,
        created_at=new.created_at,
    )
    return Outgoing(created, organization.id, new.id)
