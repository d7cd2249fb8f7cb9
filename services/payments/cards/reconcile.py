"""Asking processors about what they have not told us: a page at a time, through the breaker.

A webhook may never come, and a process may die between its row and the processor's answer.
So whatever has been silent for a while is asked about, and what nobody goes on with is
ended: a payment that never became known to its processor, and one that no payer confirmed
in time. A provider that does not answer is left alone until the next run.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from services.payments.cards import asking, refunds
from services.payments.environment import settings
from services.payments.intents import operations as intents
from services.payments.intents import store as intent_store
from services.payments.processors.calls import Guarded
from services.payments.processors.port import (
    IntentReport,
    IntentStatus,
    ProcessorRefused,
    Report,
)
from shared import clock
from shared.db import Database

PAGE: Final = 100
Row = dict[str, Any]

SILENT_INTENTS: Final = """
(SELECT * FROM payment_intent WHERE looked_at = 'epoch' ORDER BY id LIMIT %(page)s)
UNION
(SELECT * FROM payment_intent
 WHERE status IN ('preparing', 'created', 'processing', 'failed')
   AND coalesce(looked_at, created_at) < %(before)s
 ORDER BY coalesce(looked_at, created_at) LIMIT %(page)s)
"""
LOOKED: Final = "UPDATE payment_intent SET looked_at = %s WHERE id = ANY(%s)"


async def reconcile(database: Database) -> int:
    """Ask about a page of payments and a page of refunds; how many things were asked about."""
    before = clock.now() - timedelta(minutes=settings().reconcile_minutes)
    return await reconcile_intents(database) + await refunds.reconcile(database, before)


async def reconcile_intents(database: Database) -> int:
    """Ask about a page of payments that were silent, or are to be asked about; how many."""
    now = clock.now()
    before = now - timedelta(minutes=settings().reconcile_minutes)
    async with database.transaction(None) as tx:
        cursor = await tx.execute(SILENT_INTENTS, {"before": before, "page": PAGE})
        rows = await cursor.fetchall()
    looked = await asking.each(database, rows, _ask_about_intent, now)
    async with database.transaction(None) as tx:
        await tx.execute(LOOKED, (now, looked))
    return len(looked)


async def _ask_about_intent(
    database: Database, processor: Guarded, row: Row, now: datetime
) -> None:
    reports: list[Report] = [await _current(database, processor, row, now)]
    current = reports[0]
    assert isinstance(current, IntentReport)
    if current.status is IntentStatus.SUCCEEDED:
        reports += await processor.returns_of(current.provider_intent_id)
    await intents.take_in(database, row, *reports)


async def _current(database: Database, processor: Guarded, row: Row, now: datetime) -> IntentReport:
    """The payment as it is, after ending it if nobody goes on with it.

    One that its processor may not know is made known first, under the key it was or will be
    made known by: so there is one of it, and that one is ended.
    """
    name = row["provider_intent_id"]
    if name is None:
        try:
            name = (await processor.create_intent(intents.new_intent(row))).provider_intent_id
        except ProcessorRefused as refusal:
            async with database.transaction(row["organization_id"]) as tx:
                await intent_store.close(tx, row, IntentStatus.FAILED, now, refusal.code)
            raise
        ends = True
    else:
        waiting = row["status"] in (IntentStatus.CREATED, IntentStatus.FAILED)
        ends = waiting and row["created_at"] < now - timedelta(hours=settings().intent_hours)
    if ends:
        try:
            return await processor.cancel_intent(name)
        except ProcessorRefused:
            pass  # it was paid or cancelled meanwhile: whatever it is
    return await processor.retrieve(name)
