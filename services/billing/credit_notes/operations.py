"""Issuing a credit note: one request's whole effect.

Locks are taken in one order everywhere: the clock, the invoice, the number series.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.clock.rules import Marks
from services.billing.credit_notes import store
from services.billing.credit_notes.model import CreditNote, CreditNoteItem
from services.billing.credit_notes.problems import CreditExceedsInvoice
from services.billing.credit_notes.rules import Item, Share, Wish, by_amount, by_items
from services.billing.invoices import operations as invoices
from services.billing.invoices.model import Invoice
from services.billing.numbering import store as numbering
from services.billing.numbering.rules import CREDIT_NOTES
from shared import clock
from shared.contracts.billing import CreditSettlement
from shared.db import raw
from shared.ids import new_id
from shared.money import Money, MoneyIn
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization


@dataclass(frozen=True, slots=True)
class Terms:
    """Why something is credited, and where money goes that this leaves in excess."""

    reason: str
    settlement: CreditSettlement


@dataclass(frozen=True, slots=True)
class Wanted(Terms):
    """What to credit: an amount, some items, or (neither) whatever can still be credited."""

    amount: MoneyIn | None
    items: Sequence[tuple[Wish, MoneyIn | None]] | None


async def credit(
    session: AsyncSession,
    organization: Organization,
    invoice_id: UUID,
    wanted: Wanted,
    *,
    by: str,
) -> CreditNote:
    """Issue a credit note; money it leaves in excess goes where its settlement says."""
    invoice, marks = await invoices.lock_to_lower(
        session, organization, invoice_id, "only an issued invoice can be credited"
    )
    shares = _shares(invoice, await store.items(session, invoice), wanted)
    return await issue(session, organization, (invoice, marks), shares, wanted, by=by)


async def issue(
    session: AsyncSession,
    organization: Organization,
    locked: tuple[Invoice, Marks],
    shares: Sequence[Share],
    terms: Terms,
    *,
    by: str,
) -> CreditNote:
    """Issue a note over these shares of an invoice that is locked to be lowered."""
    invoice, marks = locked
    total = sum(share.gross_minor for share in shares)
    creditable = invoice.amounts().creditable_minor
    if total > creditable:
        raise CreditExceedsInvoice(invoice.id, str(Money(creditable, invoice.currency)))
    note = await _number(session, organization, invoice, shares, terms, by)
    settled = invoices.lower(invoice, marks, organization.today(), credited_minor=total)
    credited = Outgoing(note.event(invoice), organization.id, invoice.id, invoice.version)
    await emit(session, [credited, *settled])
    await session.flush()
    return note


def _shares(invoice: Invoice, items: Sequence[Item], wanted: Wanted) -> list[Share]:
    currency = invoice.currency
    if wanted.items is not None:
        wishes = [
            wish if money is None else Wish(wish.position, None, money.to_minor(currency))
            for wish, money in wanted.items
        ]
        return by_items(items, wishes, currency)
    creditable = invoice.amounts().creditable_minor
    amount = creditable if wanted.amount is None else wanted.amount.to_minor(currency)
    if amount > creditable:
        raise CreditExceedsInvoice(invoice.id, str(Money(creditable, currency)))
    return by_amount(items, Money(amount, currency))


async def _number(
    session: AsyncSession,
    organization: Organization,
    invoice: Invoice,
    shares: Sequence[Share],
    terms: Terms,
    by: str,
) -> CreditNote:
    """The note under its number, whose series stays locked to the commit."""
    number = await numbering.take(await raw(session), organization.id, CREDIT_NOTES)
    net = sum(share.net_minor for share in shares)
    tax = sum(share.tax_minor for share in shares)
    note = CreditNote(
        id=new_id(),
        organization_id=organization.id,
        customer_id=invoice.customer_id,
        line_id=invoice.line_id,
        invoice_id=invoice.id,
        series=number.series,
        sequence=number.sequence,
        number=number.text,
        currency=invoice.currency,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        settlement=terms.settlement.value,
        reason=terms.reason,
        issued_on=organization.today(),
        issued_at=clock.now(),
        issued_by=by,
    )
    note.items = [_item(organization.id, note.id, share) for share in shares]
    session.add(note)
    return note


def _item(organization_id: UUID, note_id: UUID, share: Share) -> CreditNoteItem:
    return CreditNoteItem(
        organization_id=organization_id,
        credit_note_id=note_id,
        item_position=share.position,
        description=share.description,
        quantity=share.quantity,
        tax_rate=share.tax_rate,
        net_minor=share.net_minor,
        tax_minor=share.tax_minor,
    )
