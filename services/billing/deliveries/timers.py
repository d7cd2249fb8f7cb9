"""Time -> mail: the errands that are due."""

import asyncio
from typing import Final

import structlog

from services.billing.deliveries import store
from services.billing.deliveries.mail import invoice_mail
from services.billing.deliveries.rules import State, pause_after
from services.billing.deliveries.store import Errand
from services.billing.invoices.model import Invoice
from services.billing.invoices.rules import Document
from services.billing.papers.operations import prepare, print_invoice
from services.billing.papers.printing import CannotPrint
from shared import clock
from shared.bus.handlers import Transient
from shared.contracts.billing import DeliveryFacts, InvoiceBounced, InvoiceSent
from shared.db import Connection, Database
from shared.mail import Bounced, Delivered, Mailer, MailSettings
from shared.outbox import Outgoing, emit
from shared.problems import Problem
from shared.timers import every

log = structlog.get_logger(__name__)

AT_ONCE: Final = 8
"""While one message is with the mail server the next ones are printed."""


@every(seconds=2.0)
async def deliver_invoices(db: Database) -> int:
    """Send what is due; without a mail server it waits, and says so.

    A crash between the server's yes and our commit repeats the message with the same
    Message-ID: at least once.
    """
    settings = MailSettings()
    if not settings.on:
        async with db.transaction(None) as tx:
            return await store.postpone(tx)
    tried = 0
    async with Mailer(settings) as mailer:
        while True:
            async with db.transaction(None) as tx:
                errands = await store.claim(tx, AT_ONCE)
            if not errands:
                return tried
            await asyncio.gather(*(_run(db, mailer, errand, settings.sender) for errand in errands))
            tried += len(errands)


async def _run(db: Database, mailer: Mailer, errand: Errand, sender: str) -> None:
    """One try: read, print, send, and note what came of it."""
    try:
        async with db.transaction(None) as tx:
            sheet = await prepare(tx, errand.organization_id, errand.invoice_id)
        if sheet.invoice.document != Document.ISSUED:
            await _end(db, errand, State.FAILED, "the invoice was voided")
            return
        pdf = await print_invoice(sheet)
        message = invoice_mail(
            sheet,
            pdf,
            delivery_id=errand.id,
            recipient=errand.recipient,
            sender=sender,
            at=clock.now(),
        )
        outcome = await mailer.send(message)
    except Transient as failure:
        await _later(db, errand, str(failure))
    except (Problem, CannotPrint, ValueError) as failure:
        log.exception("delivery-failed", delivery_id=str(errand.id))
        await _end(db, errand, State.FAILED, f"cannot be made: {failure}"[:500])
    else:
        async with db.transaction(None) as tx:
            await _note(tx, errand, sheet.invoice, outcome)


async def _note(
    tx: Connection, errand: Errand, invoice: Invoice, outcome: Delivered | Bounced
) -> None:
    facts = DeliveryFacts(
        invoice_id=errand.invoice_id,
        customer_id=errand.customer_id,
        delivery_id=errand.id,
        number=str(invoice.number),
        recipient=errand.recipient,
        attempt=errand.attempt,
        at=clock.now(),
    )
    said: InvoiceSent | InvoiceBounced
    if isinstance(outcome, Delivered):
        noted = await store.keep(tx, errand.id, State.SENT, None, None)
        said = InvoiceSent(**dict(facts))
    else:
        noted = await store.keep(tx, errand.id, State.BOUNCED, outcome.reason, None)
        said = InvoiceBounced(**dict(facts), reason=outcome.reason)
    if noted:
        await emit(tx, [Outgoing(said, errand.organization_id, errand.invoice_id)])


async def _later(db: Database, errand: Errand, reason: str) -> None:
    pause = pause_after(errand.tries)
    if pause is None:
        await _end(db, errand, State.FAILED, f"given up: {reason}")
        return
    async with db.transaction(None) as tx:
        await store.keep(tx, errand.id, State.WAITING, reason, clock.now() + pause)


async def _end(db: Database, errand: Errand, state: State, reason: str) -> None:
    async with db.transaction(None) as tx:
        await store.keep(tx, errand.id, state, reason, None)
