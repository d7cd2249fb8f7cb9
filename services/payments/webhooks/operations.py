"""Taking a webhook in, and handling what was taken in.

Taking in is one insert: the processor hears 200 when the webhook is safe, and repeats it
otherwise. Handling is done by the worker, in pages of one transaction. A page that fails is
handled one by one, and only the webhook at fault is set aside, with the reason.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from services.payments.cards import store as cards
from services.payments.cards.absorb import Heard, absorb
from services.payments.environment import settings
from services.payments.processors import operations as processors
from services.payments.processors import signing, wire
from services.payments.processors.port import ProviderEvent
from services.payments.webhooks import store
from services.payments.webhooks.model import EventState
from services.payments.webhooks.problems import NotAnEvent
from services.payments.webhooks.store import Row
from shared import clock
from shared.bus.apply import is_outage
from shared.db import Connection, Database

log = structlog.get_logger(__name__)

PAGE: Final = 200
TRIES: Final = 20
PAUSE: Final = timedelta(seconds=30)


async def receive(
    database: Database, provider: str, organization_id: UUID, body: bytes, signature: str | None
) -> bool:
    """Keep a webhook that holds; False when it is kept already.

    Raises SignatureRefused for one that is not signed with this organization's secret, be
    it that the organization has none, and NotAnEvent for a signed body that is no event.
    """
    account = await processors.find_account(database, organization_id, provider)
    if account is None:
        raise signing.SignatureRefused
    now = clock.now()
    secrets = processors.webhook_secrets(account)
    signing.verify(body, signature, secrets, now, settings().tolerance)
    try:
        name = wire.head(body)
    except ValueError as error:
        raise NotAnEvent from error
    return await store.keep(database, organization_id, provider, name, body, now)


async def handle_page(database: Database) -> int:
    """Handle a page of stored webhooks; how many there were."""
    ids: list[UUID] = []
    try:
        async with database.transaction(None) as tx:
            rows = await store.claim(tx, clock.now(), PAGE)
            ids += [row["id"] for row in rows]
            await _handle(tx, rows)
    except Exception as error:
        if is_outage(error):
            raise
        for each in ids:
            await _handle_alone(database, each)
    return len(ids)


async def _handle_alone(database: Database, event_id: UUID) -> None:
    try:
        async with database.transaction(None) as tx:
            await _handle(tx, await store.claim(tx, clock.now(), 1, [event_id]))
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("webhook-set-aside", webhook=str(event_id))
        async with database.transaction(None) as tx:
            outcome = _outcome(event_id, EventState.SET_ASIDE, repr(error)[:500])
            await store.finish(tx, clock.now(), [outcome])


async def _handle(tx: Connection, rows: Sequence[Row]) -> None:
    """Take in what webhooks report; a constant number of statements."""
    read: dict[UUID, ProviderEvent] = {}
    outcomes: list[Row] = []
    for row in rows:
        try:
            read[row["id"]] = wire.event(bytes(row["body"]))
        except ValueError as error:
            outcomes.append(_outcome(row["id"], EventState.SET_ASIDE, str(error)[:500]))
    heard = {
        row["id"]: [
            Heard(row["organization_id"], row["provider"], report)
            for report in read[row["id"]].reports
        ]
        for row in rows
        if row["id"] in read
    }
    absorbed = await absorb(tx, [each for some in heard.values() for each in some])
    await cards.ask_about(tx, [_named(row, read[row["id"]]) for row in rows if row["id"] in read])
    preparing = await cards.organizations_preparing(tx, {row["organization_id"] for row in rows})
    for row in rows:
        if row["id"] in read:
            ours = any(each.key in absorbed.intents for each in heard[row["id"]])
            hopeful = row["organization_id"] in preparing and row["attempts"] < TRIES
            outcomes.append(_judged(row, read[row["id"]], ours=ours, hopeful=hopeful))
    await store.finish(tx, clock.now(), outcomes)


def _named(row: Row, event: ProviderEvent) -> Row:
    return {
        "organization_id": row["organization_id"],
        "provider": row["provider"],
        "provider_intent_id": event.look_at,
    }


def _judged(row: Row, event: ProviderEvent, *, ours: bool, hopeful: bool) -> Row:
    """What became of a webhook that could be read.

    One about a payment we do not know may be about one that is being made known to the
    processor this moment: while there are such it is tried again.
    """
    if ours or event.look_at is not None:
        return _outcome(row["id"], EventState.HANDLED)
    if not event.reports:
        return _outcome(row["id"], EventState.IGNORED, "nothing that is kept follows from it")
    if hopeful:
        waiting = _outcome(row["id"], EventState.STORED, "the payment is not known yet")
        return waiting | {"next_try_at": clock.now() + PAUSE}
    return _outcome(row["id"], EventState.IGNORED, "it is about no payment of ours")


def _outcome(event_id: UUID, state: EventState, reason: str | None = None) -> Row:
    return {"id": event_id, "state": state.value, "reason": reason, "next_try_at": None}
