"""Time as a cause: what the facts make due is done, and who is silent is asked."""

from services.payments.cards import refunds
from services.payments.cards.reconcile import reconcile
from services.payments.cards.settle import settle
from shared.db import Database
from shared.timers import every


@every(seconds=2.0)
async def settle_card_money(db: Database) -> int:
    """Do what reports made due and nobody has done yet; how many payments that moved."""
    return await settle(db)


@every(seconds=60.0)
async def reconcile_processors(db: Database) -> int:
    """Ask processors about what they have not told us; how many things were asked about."""
    return await reconcile(db)


@every(seconds=5.0)
async def send_card_refunds(db: Database) -> int:
    """Ask processors for the refunds that were asked of us; woken when one is. How many."""
    sent = await refunds.send_page(db)
    if sent:
        await settle(db)
    return sent
