"""What a person does with invoices; each function is one request's whole effect.

Locks are taken in one order everywhere: the clock, the invoice, the number series.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.accounts import store as accounts
from services.billing.accounts.problems import CurrencyMismatch
from services.billing.categories import store as categories
from services.billing.clock import store as clock_store
from services.billing.clock.announcements import passed_by
from services.billing.clock.rules import Mark, Marks
from services.billing.customers.operations import require_billable
from services.billing.invoices import store
from services.billing.invoices.model import Invoice
from services.billing.invoices.rules import Charge
from services.billing.numbering import store as numbering
from services.billing.terms import store as terms_store
from shared.db import raw
from shared.http import expect_version
from shared.ids import new_id
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller wants a draft to say."""

    customer_id: UUID
    line_id: UUID | None
    charges: Callable[[str], Sequence[Charge]]
    """The charges in a currency: which one, is settled by the customer's account."""
    due_on: date | None
    memo: str | None
    currency: str | None = None
    """None: whichever the customer is billed in; `create` refuses any other."""
    recurring: bool = False
    due_soon_days: int | None = None
    suggested_deposit_account: str | None = None


async def create(
    session: AsyncSession, organization: Organization, draft: Draft, *, issue_it: bool
) -> Invoice:
    """A new draft, issued at once when asked."""
    connection = await raw(session)
    await require_billable(connection, organization.id, draft.customer_id, draft.line_id)
    account = await accounts.load(
        connection, organization.id, draft.customer_id, organization.currency
    )
    if draft.currency not in (None, account.currency):
        raise CurrencyMismatch(str(draft.currency), account.currency)
    charges = await _categorised(session, organization.id, draft.charges(account.currency))
    invoice = Invoice.draft(new_id(), organization.id, account.currency, draft.customer_id, charges)
    invoice.line_id, invoice.due_on, invoice.memo = draft.line_id, draft.due_on, draft.memo
    invoice.recurring, invoice.due_soon_days = draft.recurring, draft.due_soon_days
    invoice.suggested_deposit_account = draft.suggested_deposit_account
    session.add(invoice)
    await session.flush()
    if issue_it:
        held = await clock_store.hold(connection, [organization.id])
        invoice.require_issuable(today=organization.today())
        await _issue(session, organization, held[organization.id].marks, invoice, draft.due_on)
    return invoice


async def edit(
    session: AsyncSession,
    organization: Organization,
    invoice_id: UUID,
    seen: int | None,
    changes: dict[str, object],
    charges: Callable[[str], Sequence[Charge]] | None,
) -> Invoice:
    """Change members of a draft, and its items when given (in the draft's currency)."""
    invoice = await store.lock(session, organization.id, invoice_id)
    invoice.require_draft("it is frozen", today=organization.today())
    expect_version(seen, invoice.version)
    for name, value in changes.items():
        setattr(invoice, name, value)
    if "line_id" in changes:
        await require_billable(
            await raw(session), organization.id, invoice.customer_id, invoice.line_id
        )
    if charges is not None:
        priced = charges(invoice.currency)
        invoice.recharge(await _categorised(session, organization.id, priced))
    invoice.touch()
    await session.flush()
    return invoice


async def _categorised(
    session: AsyncSession, organization_id: UUID, charges: Sequence[Charge]
) -> list[Charge]:
    """The charges, each with a category that may be used: its own, or the default."""
    named = {charge.category_id for charge in charges if charge.category_id is not None}
    await categories.require_usable(session, organization_id, named)
    if all(charge.category_id is not None for charge in charges):
        return list(charges)
    default = await categories.default(await raw(session), organization_id)
    return [replace(charge, category_id=charge.category_id or default) for charge in charges]


async def discard(
    session: AsyncSession, organization: Organization, invoice_id: UUID, seen: int | None
) -> None:
    """Drop a draft without a trace; it never had a number."""
    invoice = await store.lock(session, organization.id, invoice_id)
    invoice.require_draft("void it instead", today=organization.today())
    expect_version(seen, invoice.version)
    await session.delete(invoice)


async def issue(
    session: AsyncSession,
    organization: Organization,
    invoice_id: UUID,
    seen: int | None,
    due_on: date | None,
) -> Invoice:
    """Freeze a draft, number it, and ask for the money."""
    connection = await raw(session)
    held = await clock_store.hold(connection, [organization.id])
    invoice = await store.lock(session, organization.id, invoice_id)
    invoice.require_issuable(today=organization.today())
    expect_version(seen, invoice.version)
    await require_billable(connection, organization.id, invoice.customer_id, invoice.line_id)
    account = await accounts.load(
        connection, organization.id, invoice.customer_id, organization.currency
    )
    if invoice.currency != account.currency:
        raise CurrencyMismatch(invoice.currency, account.currency)
    due_on = due_on or invoice.due_on
    await _issue(session, organization, held[organization.id].marks, invoice, due_on)
    return invoice


async def _issue(
    session: AsyncSession,
    organization: Organization,
    marks: Marks,
    invoice: Invoice,
    due_on: date | None,
) -> None:
    """Issue a draft that is issuable; numbers come last, for their lock lasts to the commit."""
    connection, today = await raw(session), organization.today()
    if due_on is None:
        terms = (await terms_store.load(connection, [organization.id]))[organization.id]
        due_on = today + timedelta(days=terms.due_days)
    number = await numbering.take(connection, organization.id)
    invoice.issue(number, on=today, due_on=due_on)
    issued = Outgoing(invoice.issued_event(), organization.id, invoice.id, invoice.version)
    await emit(session, [issued, *passed_by(marks, today, [invoice.as_open()])])
    await session.flush()


async def lock_to_lower(
    session: AsyncSession, organization: Organization, invoice_id: UUID, otherwise: str
) -> tuple[Invoice, Marks]:
    """An issued invoice that is about to be asked less of, and the clock's marks.

    Raises InvoiceNotIssued, saying `otherwise`. Both stay as they are until the commit.
    """
    held = await clock_store.hold(await raw(session), [organization.id])
    invoice = await store.lock(session, organization.id, invoice_id)
    invoice.require_issued(otherwise, today=organization.today())
    return invoice, held[organization.id].marks


def lower(
    invoice: Invoice,
    marks: Marks,
    today: date,
    *,
    credited_minor: int = 0,
    written_off_minor: int = 0,
) -> list[Outgoing]:
    """Ask for less, today; the news that this settles the invoice, if it does."""
    assert invoice.due_on is not None
    settled = invoice.lower(
        credited_minor=credited_minor,
        written_off_minor=written_off_minor,
        on=today,
        announced=Mark(invoice.due_on, invoice.id) < marks.overdue,
    )
    if not settled:
        return []
    facts = invoice.settled_event()
    return [Outgoing(facts, invoice.organization_id, invoice.id, invoice.version)]
