"""The money that follows from what processors reported: recorded once, whatever happens.

A payment that succeeded is recorded by the way every payment goes, under the id its intent
has and a key that nobody else can use (it has a space). A refund that succeeded and a
dispute that was lost take money back once their payment is recorded, each once by the
processor's id for it. So each step may be repeated, and a crash between two of them is
mended by the next run.

What the books refuse (the money was given back by hand before, say) is set aside with the
reason, listed, and never tried again by itself: a person decides.
"""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import structlog

from services.payments.payments import operations
from services.payments.payments.asks import Ask
from services.payments.payments.problems import ReceivableUnknown, ReceivableVoid
from services.payments.payments.rules import Surplus
from services.payments.payments.till import Till
from services.payments.returns.operations import Return, return_money
from services.payments.returns.rules import ReturnKind
from shared.contracts.payments import PaymentMethod
from shared.db import Database
from shared.idempotency import KeyInProgress
from shared.money import Money
from shared.problems import Problem, Unavailable
from shared.tenancy import Organization, load_organizations

log = structlog.get_logger(__name__)

PAGE: Final = 200
AT_ONCE: Final = 8
Row = dict[str, Any]

# A payment that is there already only has to be marked: the process died in between.
MARK_RECORDED: Final = """
UPDATE payment_intent AS intent SET recorded = true
WHERE status = 'succeeded' AND NOT recorded AND (%s::uuid IS NULL OR organization_id = %s)
  AND EXISTS (SELECT FROM payment WHERE payment.id = intent.id)
"""
UNRECORDED: Final = """
SELECT * FROM payment_intent
WHERE status = 'succeeded' AND NOT recorded AND set_aside IS NULL
  AND (%s::uuid IS NULL OR organization_id = %s) AND NOT id = ANY(%s)
ORDER BY id LIMIT %s
"""
SET_ASIDE: Final = "UPDATE payment_intent SET set_aside = %s WHERE id = %s"

DUE: Final = {
    ReturnKind.REFUND: """
        SELECT due.id, due.organization_id, payment_id, due.amount_minor, due.reason,
               due.created_by AS by, provider_refund_id AS provider_ref
        FROM card_refund AS due JOIN payment ON payment.id = payment_id
        WHERE due.status = 'succeeded' AND NOT returned AND set_aside IS NULL
          AND (%s::uuid IS NULL OR due.organization_id = %s)
        ORDER BY due.id LIMIT %s
    """,
    ReturnKind.CHARGEBACK: """
        SELECT due.id, due.organization_id, payment_id, due.amount_minor, due.reason,
               NULL::uuid AS by, provider_dispute_id AS provider_ref
        FROM card_dispute AS due JOIN payment ON payment.id = payment_id
        WHERE due.status = 'lost' AND NOT returned AND set_aside IS NULL
          AND (%s::uuid IS NULL OR due.organization_id = %s)
        ORDER BY due.id LIMIT %s
    """,
}
RETURNED: Final = {
    ReturnKind.REFUND: "UPDATE card_refund SET returned = true WHERE id = %s",
    ReturnKind.CHARGEBACK: "UPDATE card_dispute SET returned = true WHERE id = %s",
}
REFUSED: Final = {
    ReturnKind.REFUND: "UPDATE card_refund SET set_aside = %s WHERE id = %s",
    ReturnKind.CHARGEBACK: "UPDATE card_dispute SET set_aside = %s WHERE id = %s",
}


async def settle(database: Database, organization_id: UUID | None = None) -> int:
    """Record what came in and take back what went, of one organization or all; how many."""
    recorded = await _record(database, organization_id)
    refunded = await _take_back(database, organization_id, ReturnKind.REFUND)
    charged_back = await _take_back(database, organization_id, ReturnKind.CHARGEBACK)
    return recorded + refunded + charged_back


async def _record(database: Database, organization_id: UUID | None) -> int:
    """Record the payments that succeeded."""
    till, tried = Till(database), set[UUID]()
    while True:
        async with database.transaction(organization_id) as tx:
            await tx.execute(MARK_RECORDED, (organization_id, organization_id))
            values = (organization_id, organization_id, list(tried), PAGE)
            rows = await (await tx.execute(UNRECORDED, values)).fetchall()
            organizations = await load_organizations(tx, {r["organization_id"] for r in rows})
        if not rows:
            return len(tried)
        tried |= {row["id"] for row in rows}
        lanes = asyncio.Semaphore(AT_ONCE)

        async def one(row: Row, organizations: Any = organizations, lanes: Any = lanes) -> None:
            async with lanes:
                await _record_one(till, row, organizations.get(row["organization_id"]))

        await asyncio.gather(*(one(row) for row in rows))


async def _record_one(till: Till, row: Row, organization: Organization | None) -> None:
    """Record one payment, or set it aside."""
    if organization is None:
        return  # its facts are on their way
    ask = ask_of(row, organization)
    try:
        try:
            if row["invoice_id"] is None:
                await operations.pay_customer(till.database, ask)
            else:
                await operations.pay_invoice(till, ask)
        except (ReceivableVoid, ReceivableUnknown):
            elsewhere = replace(ask, target_id=row["customer_id"])
            await operations.pay_customer(till.database, elsewhere)
    except (Unavailable, KeyInProgress):
        return
    except Problem as refusal:
        log.error("card-payment-set-aside", payment=str(row["id"]), reason=refusal.detail)
        async with till.database.transaction(row["organization_id"]) as tx:
            await tx.execute(SET_ASIDE, (f"{refusal.slug}: {refusal.detail}"[:500], row["id"]))


async def _take_back(database: Database, organization_id: UUID | None, kind: ReturnKind) -> int:
    """Take back what went away of payments that are recorded; how many returns that were."""
    taken = 0
    while True:
        async with database.transaction(organization_id) as tx:
            cursor = await tx.execute(DUE[kind], (organization_id, organization_id, PAGE))
            rows = await cursor.fetchall()
        for row in rows:
            taken += await _take_one_back(database, kind, row)
        if len(rows) < PAGE:
            return taken


async def _take_one_back(database: Database, kind: ReturnKind, row: Row) -> int:
    wanted = Return(
        row["payment_id"],
        kind,
        row["amount_minor"],
        row["reason"],
        by=row["by"],
        provider_ref=row["provider_ref"],
    )
    try:
        async with database.transaction(row["organization_id"]) as tx:
            await return_money(tx, wanted)
            await tx.execute(RETURNED[kind], (row["id"],))
    except Problem as refusal:
        log.error("card-return-set-aside", of=str(row["id"]), reason=refusal.detail)
        async with database.transaction(row["organization_id"]) as tx:
            await tx.execute(REFUSED[kind], (f"{refusal.slug}: {refusal.detail}"[:500], row["id"]))
        return 0
    return 1


def ask_of(row: Row, organization: Organization) -> Ask:
    """A payment that succeeded as money to take: all of it, what is not owed as credit."""
    return Ask(
        organization_id=row["organization_id"],
        target_id=row["invoice_id"] or row["customer_id"],
        amount=Money(row["received_minor"], row["currency"]),
        method=PaymentMethod(row["method"]),
        key=f"card {row['id']}",
        fingerprint=b"card",
        reference=row["provider_intent_id"],
        received_on=_received_on(row, organization),
        surplus=Surplus.CREDIT,
        provider=row["provider"],
        recorded_by=row["created_by"],
        traceparent=row["traceparent"],
        payment_id=row["id"],
    )


def _received_on(row: Row, organization: Organization) -> date:
    """The day it succeeded on the organization's calendar, by its own clock."""
    day = organization.local_date(row["status_at"] + organization.clock_offset)
    return min(day, organization.today())
