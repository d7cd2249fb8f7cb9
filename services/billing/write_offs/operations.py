"""Giving up what is open of an invoice: one request's whole effect."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.invoices import operations as invoices
from services.billing.write_offs.model import WriteOff
from services.billing.write_offs.problems import NothingOpen, WriteOffExceedsOpen
from shared import clock
from shared.ids import new_id
from shared.money import Money, MoneyIn
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization


async def write_off(
    session: AsyncSession,
    organization: Organization,
    invoice_id: UUID,
    amount: MoneyIn | None,
    reason: str,
    *,
    by: str,
) -> WriteOff:
    """Give up an amount, or all that is open; money that comes for it later is a recovery."""
    invoice, marks = await invoices.lock_to_lower(
        session, organization, invoice_id, "only an issued invoice can be written off"
    )
    owed = invoice.amounts().open_minor
    if owed == 0:
        raise NothingOpen(invoice.id)
    minor = owed if amount is None else amount.to_minor(invoice.currency)
    if not 0 < minor <= owed:
        raise WriteOffExceedsOpen(invoice.id, str(Money(owed, invoice.currency)))
    today = organization.today()
    made = WriteOff(
        id=new_id(),
        organization_id=organization.id,
        customer_id=invoice.customer_id,
        line_id=invoice.line_id,
        invoice_id=invoice.id,
        currency=invoice.currency,
        amount_minor=minor,
        before_minor=invoice.written_off_minor,
        reason=reason,
        written_off_on=today,
        written_off_at=clock.now(),
        written_off_by=by,
    )
    session.add(made)
    settled = invoices.lower(invoice, marks, today, written_off_minor=minor)
    written_off = Outgoing(made.event(invoice), organization.id, invoice.id, invoice.version)
    await emit(session, [written_off, *settled])
    await session.flush()
    return made
