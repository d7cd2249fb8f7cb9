"""A card processor of our own, for sandboxes and tests: no network, no chance, no money.

It speaks Stripe's objects and signs like Stripe. What it knows is in a table that nothing
else reads, written in transactions of its own, so it is as remote as any other processor
and the same to every process. The card that is presented says what happens; an amount may
say that the processor is down.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson

from services.payments.processors import wire
from services.payments.processors.port import (
    IntentReport,
    NewIntent,
    NewRefund,
    ProcessorRefused,
    ProcessorUnavailable,
    RefundReport,
    Report,
)
from shared import clock
from shared.db import Database
from shared.ids import new_id

REFUSED_UNITS: Final = 40_202
"""A payment of 402.02 is refused at once."""
DOWN_UNITS: Final = 50_303
"""For a payment of 503.03 the processor is down."""

Made = dict[str, Any]


class Card(StrEnum):
    """The cards that may be presented."""

    GOOD = "4242424242424242"
    DISPUTED = "4000000000000259"
    SLOW = "4000000000003220"
    DECLINED = "4000000000000002"
    WITHOUT_FUNDS = "4000000000009995"
    EXPIRED = "4000000000000069"


DECLINES: Final = {
    Card.DECLINED: "card_declined",
    Card.WITHOUT_FUNDS: "insufficient_funds",
    Card.EXPIRED: "expired_card",
}
FIND: Final = "SELECT facts FROM local_processor_object WHERE organization_id = %s AND id = %s"
LOCK: Final = f"{FIND} FOR UPDATE"
KEEP: Final = """
INSERT INTO local_processor_object AS o (organization_id, id, kind, of_intent, facts)
VALUES (%s, %s, %s, %s, %s::jsonb)
ON CONFLICT (organization_id, id) DO UPDATE SET facts = excluded.facts
"""
RETURNS: Final = """
SELECT kind, facts FROM local_processor_object
WHERE organization_id = %s AND of_intent = %s AND kind <> 'intent' ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Local:
    """An organization's account at the local processor."""

    database: Database
    organization_id: UUID

    async def create_intent(self, wanted: NewIntent) -> IntentReport:
        """A payment that waits for a card."""
        units = wire.to_wire(wanted.amount)
        if units == DOWN_UNITS:
            raise ProcessorUnavailable("the local processor plays dead at this amount")
        if units == REFUSED_UNITS:
            raise ProcessorRefused("amount_refused", "the local processor refuses this amount")
        name = f"pi_local_{wanted.payment_id.hex}"
        async with self.database.transaction(self.organization_id) as tx:
            row = await (await tx.execute(FIND, (self.organization_id, name))).fetchone()
            made = row["facts"] if row else _new_intent(name, wanted, units)
            if row is None:
                await self._keep(tx, "intent", name, made)
        return wire.intent(made, clock.now())

    async def cancel_intent(self, provider_intent_id: str) -> IntentReport:
        """Give a payment up that no card was charged for."""
        async with self.database.transaction(self.organization_id) as tx:
            made = await self._locked(tx, provider_intent_id)
            if made["status"] in ("processing", "succeeded"):
                raise ProcessorRefused("payment_intent_unexpected_state", "it is too late")
            made |= {"status": "canceled"}
            await self._keep(tx, "intent", provider_intent_id, made)
        return wire.intent(made, clock.now())

    async def retrieve(self, provider_intent_id: str) -> IntentReport:
        """A payment as it is now."""
        async with self.database.transaction(self.organization_id) as tx:
            made = await self._locked(tx, provider_intent_id)
        return wire.intent(made, clock.now())

    async def refund(self, wanted: NewRefund) -> RefundReport:
        """Give money back, at once."""
        name = f"re_local_{wanted.refund_id.hex}"
        async with self.database.transaction(self.organization_id) as tx:
            of = await self._locked(tx, wanted.provider_intent_id)
            row = await (await tx.execute(FIND, (self.organization_id, name))).fetchone()
            made = row["facts"] if row else _new_refund(name, wanted, of)
            if row is None:
                await self._keep(tx, "refund", wanted.provider_intent_id, made)
                await self._keep(tx, "intent", wanted.provider_intent_id, of)
        report = wire.refund(made, clock.now())
        assert report is not None
        return report

    async def returns_of(self, provider_intent_id: str) -> tuple[Report, ...]:
        """The refunds and disputes of a payment."""
        async with self.database.transaction(self.organization_id) as tx:
            cursor = await tx.execute(RETURNS, (self.organization_id, provider_intent_id))
            rows = await cursor.fetchall()
        read: dict[str, Any] = {"refund": wire.refund, "dispute": wire.dispute}
        return tuple(read[row["kind"]](row["facts"], clock.now()) for row in rows)

    async def confirm(self, provider_intent_id: str, card: Card) -> list[bytes]:
        """The payer presents a card; what the processor then says, as bodies of webhooks."""
        async with self.database.transaction(self.organization_id) as tx:
            made = await self._locked(tx, provider_intent_id)
            if made["status"] not in ("requires_payment_method", "processing"):
                raise ProcessorRefused("payment_intent_unexpected_state", "it waits for no card")
            said = [_event("payment_intent.processing", made | {"status": "processing"})]
            if card in DECLINES:
                made |= {
                    "status": "requires_payment_method",
                    "last_payment_error": {"code": DECLINES[card]},
                }
                said.append(_event("payment_intent.payment_failed", made))
            elif card is Card.SLOW:
                made |= {"status": "processing", "last_payment_error": None}
            else:
                made |= {
                    "status": "succeeded",
                    "amount_received": made["amount"],
                    "last_payment_error": None,
                }
                said.append(_event("payment_intent.succeeded", made))
            await self._keep(tx, "intent", provider_intent_id, made)
        if card is Card.DISPUTED:
            said += await self.dispute(provider_intent_id, "needs_response")
        return said

    async def dispute(self, provider_intent_id: str, status: str) -> list[bytes]:
        """The payer's bank disputes the payment, or closes that; what the processor says."""
        name = f"dp_local_{provider_intent_id.removeprefix('pi_local_')}"
        async with self.database.transaction(self.organization_id) as tx:
            of = await self._locked(tx, provider_intent_id)
            if of["status"] != "succeeded":
                raise ProcessorRefused("charge_unexpected_state", "nothing was paid")
            row = await (await tx.execute(FIND, (self.organization_id, name))).fetchone()
            made: Made = row["facts"] if row else _new_dispute(name, of)
            if made["status"] in ("won", "lost") and made["status"] != status:
                raise ProcessorRefused("dispute_closed", f"it was {made['status']} already")
            made |= {"status": status}
            await self._keep(tx, "dispute", provider_intent_id, made)
        kind = "closed" if status in ("won", "lost") else "created"
        return [_event(f"charge.dispute.{kind}", made)]

    async def _locked(self, tx: Any, name: str) -> Made:
        row = await (await tx.execute(LOCK, (self.organization_id, name))).fetchone()
        if row is None:
            raise ProcessorRefused("resource_missing", f"there is no {name}")
        made: Made = row["facts"]
        return made

    async def _keep(self, tx: Any, kind: str, of: str, made: Made) -> None:
        values = (self.organization_id, made["id"], kind, of, orjson.dumps(made).decode())
        await tx.execute(KEEP, values)


def _new_intent(name: str, wanted: NewIntent, units: int) -> Made:
    return {
        "id": name,
        "object": "payment_intent",
        "status": "requires_payment_method",
        "amount": units,
        "currency": wanted.amount.currency.lower(),
        "client_secret": f"{name}_secret_local",
        "metadata": {wire.PAYMENT_ID: str(wanted.payment_id)},
        "refunded": 0,
    }


def _new_refund(name: str, wanted: NewRefund, of: Made) -> Made:
    """A refund, counted at its payment; raises ProcessorRefused for more than is left."""
    units = wire.to_wire(wanted.amount)
    if of["status"] != "succeeded" or units > of["amount"] - of["refunded"]:
        raise ProcessorRefused("charge_already_refunded", "less than that is left")
    of["refunded"] += units
    return {
        "id": name,
        "object": "refund",
        "status": "succeeded",
        "amount": units,
        "currency": of["currency"],
        "payment_intent": of["id"],
        "metadata": {wire.REFUND_ID: str(wanted.refund_id)},
    }


def _new_dispute(name: str, of: Made) -> Made:
    return {
        "id": name,
        "object": "dispute",
        "status": "needs_response",
        "amount": of["amount"] - of["refunded"],
        "currency": of["currency"],
        "payment_intent": of["id"],
        "reason": "fraudulent",
    }


def _event(type_: str, made: Made) -> bytes:
    """The body of a webhook; the payer's client secret stays where it is."""
    shown = {name: value for name, value in made.items() if name != "client_secret"}
    return orjson.dumps(
        {
            "id": f"evt_local_{new_id().hex}",
            "object": "event",
            "type": type_,
            "created": int(clock.now().timestamp()),
            "data": {"object": shown},
        }
    )
