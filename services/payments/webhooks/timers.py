"""Time as a cause: what was stored is handled, and forgotten when it is old."""

from datetime import timedelta
from typing import Final

from prometheus_client import Gauge

from services.payments.cards.settle import settle
from services.payments.webhooks import operations, store
from shared import clock
from shared.db import Database
from shared.timers import every

WAITING: Final = Gauge(
    "duesline_provider_webhooks",
    "Webhooks of card processors that wait to be handled, or were set aside.",
    ("state",),
)
KEEP: Final = timedelta(days=90)
BITE: Final = 5000


@every(seconds=1.0)
async def handle_provider_events(db: Database) -> int:
    """Handle what was stored, and do what follows from it; how many webhooks that were.

    Woken when a webhook is stored; the pace is for what was left behind.
    """
    handled = 0
    while page := await operations.handle_page(db):
        handled += page
        await settle(db)
    return handled


@every(seconds=15.0)
async def count_provider_events(db: Database) -> int:
    """Say how many webhooks wait; changes nothing."""
    for state, count in (await store.backlog(db)).items():
        WAITING.labels(state).set(count)
    return 0


@every(seconds=3600.0)
async def forget_provider_events(db: Database) -> int:
    """Delete webhooks that were handled long ago; how many that were."""
    forgotten = 0
    while bite := await store.forget(db, clock.now() - KEEP, BITE):
        forgotten += bite
    return forgotten
