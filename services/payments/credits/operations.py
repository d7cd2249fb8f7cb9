"""Account credit put against invoices: by itself when they are issued, or when asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from services.payments.credits import store
from services.payments.ledger import operations as ledger_operations
from services.payments.ledger import store as ledger_store
from services.payments.ledger.rules import Funds, Ledger
from services.payments.ledger.store import Customer
from services.payments.payments.rules import AllocationOrder, Debt, in_order
from services.payments.settings import store as settings_store
from shared import clock
from shared.contracts.billing import InvoiceFacts
from shared.db import Connection
from shared.tenancy import require_organizations


async def lock_creditors(
    tx: Connection, invoices: Sequence[tuple[UUID, InvoiceFacts]]
) -> set[Customer]:
    """Of the customers of invoices, lock those whose credit shall pay what is issued.

    Each invoice with its organization. Nearly always none, and then nothing is locked.
    """
    creditors = await store.creditors(
        tx, {(organization_id, each.customer_id) for organization_id, each in invoices}
    )
    await ledger_store.lock_customers(tx, creditors)
    return creditors


async def apply_to_issued(
    tx: Connection, creditors: set[Customer], invoice_ids: Iterable[UUID]
) -> None:
    """Let the credit of locked customers pay invoices issued just now, first in first out."""
    found = await ledger_store.lock_positions(tx, invoice_ids)
    positions = [each for each in found if (each.organization_id, each.customer_id) in creditors]
    ledger = Ledger(positions, await ledger_store.load_lots(tx, creditors))
    at = clock.now()
    spend(ledger, list(ledger.funds.values()), AllocationOrder.OLDEST_DUE, at)
    organizations = await require_organizations(tx, {each[0] for each in creditors})
    booked_on = {each.id: each.today() for each in organizations.values()}
    await ledger_operations.commit(tx, ledger, booked_on, at)


async def apply_waiting(tx: Connection, organization_id: UUID, credit_ids: Sequence[UUID]) -> int:
    """Let credit that has grown pay what the settings say; how much that was.

    The transaction must hold no lock on money yet (see `ledger`).
    """
    found = await store.payable(tx, credit_ids)
    if not found:
        return 0
    customers = {(organization_id, customer_id) for customer_id, _ in found}
    await ledger_store.lock_customers(tx, customers)
    positions = await ledger_store.lock_positions(tx, [invoice_id for _, invoice_id in found])
    ledger = Ledger(positions, await ledger_store.load_lots(tx, customers))
    settings = await settings_store.find(tx, organization_id)
    order = AllocationOrder(settings["allocation_order"])
    at = clock.now()
    spent = spend(ledger, list(ledger.funds.values()), order, at)
    organizations = await require_organizations(tx, [organization_id])
    today = organizations[organization_id].today()
    await ledger_operations.commit(tx, ledger, {organization_id: today}, at)
    return spent


async def apply(
    tx: Connection,
    organization_id: UUID,
    customer_id: UUID,
    currency: str,
    invoice_ids: Sequence[UUID],
    limit_minor: int | None,
) -> tuple[int, Ledger]:
    """Put a customer's credit against open invoices, first in first out; how much of it.

    Without invoices named: all that is open, in the order of the settings. The transaction
    must hold no lock on money yet (see `ledger`).
    """
    customer = organization_id, customer_id
    await ledger_store.lock_customers(tx, [customer], impatient=True)
    found = await ledger_store.lock_positions(tx, invoice_ids, () if invoice_ids else [customer])
    positions = [
        each
        for each in found
        if (each.organization_id, each.customer_id) == customer and each.currency == currency
    ]
    ledger = Ledger(positions, await ledger_store.load_lots(tx, [customer]))
    settings = await settings_store.find(tx, organization_id)
    order = AllocationOrder(settings["allocation_order"])
    at = clock.now()
    spent = spend(ledger, list(ledger.funds.values()), order, at, limit_minor)
    organizations = await require_organizations(tx, [organization_id])
    today = organizations[organization_id].today()
    await ledger_operations.commit(tx, ledger, {organization_id: today}, at)
    return spent, ledger


def spend(
    ledger: Ledger,
    lots: Sequence[Funds],
    order: AllocationOrder,
    at: datetime,
    limit_minor: int | None = None,
) -> int:
    """Put credit against the open invoices in hand, the lots in their order; how much.

    Only money of an invoice's own customer and currency.
    """
    debts = [
        Debt(each.invoice_id, each.due_on, each.open_minor)
        for each in ledger.positions.values()
        if each.due_on is not None and each.open_minor
    ]
    mine: dict[tuple[UUID, UUID, str | None], list[Funds]] = {}
    for funds in lots:
        owner = funds.organization_id, funds.customer_id, funds.currency
        mine.setdefault(owner, []).append(funds)
    spent = 0
    for debt in in_order(debts, order):
        position = ledger.positions[debt.invoice_id]
        owed_by = position.organization_id, position.customer_id, position.currency
        for funds in mine.get(owed_by, ()):
            part = min(funds.spendable_minor, position.open_minor)
            if limit_minor is not None:
                part = min(part, limit_minor - spent)
            if part > 0:
                ledger.apply(funds, debt.invoice_id, part, at)
                spent += part
    return spent
