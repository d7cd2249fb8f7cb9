"""Putting a payment's money against other invoices: taken back and put again, at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.payments.ledger import operations as ledger_operations
from services.payments.ledger import store as ledger_store
from services.payments.ledger.rules import Funds, Ledger
from services.payments.payments import problems
from services.payments.payments.parts import Part, judge, total
from services.payments.returns.problems import ReturnExceedsPayment
from shared import clock
from shared.db import Connection
from shared.money import Money
from shared.problems import NotFound
from shared.tenancy import load_organization

OWNER: Final = "SELECT customer_id FROM payment WHERE organization_id = %s AND id = %s"


async def reallocate(
    tx: Connection, organization_id: UUID, payment_id: UUID, parts: Sequence[Part]
) -> None:
    """Let a payment's money be against these invoices and no others; the rest is credit.

    What already is as wished stays untouched. Raises NotFound and the problems of a payment of
    several invoices; the transaction must hold no lock on money yet (see `ledger`).
    """
    owner = await (await tx.execute(OWNER, (organization_id, payment_id))).fetchone()
    if owner is None:
        raise NotFound("payment", payment_id)
    customer = organization_id, owner["customer_id"]
    await ledger_store.lock_customers(tx, [customer], impatient=True)
    (funds,) = await ledger_store.load_funds(tx, [payment_id])
    if total(parts) > funds.left_minor:
        amount = Money(total(parts), funds.currency)
        raise ReturnExceedsPayment(payment_id, amount, funds.left_minor)
    invoices = {each.invoice_id for each in parts} | {each.invoice_id for each in funds.standing}
    found = await ledger_store.lock_positions(tx, invoices)
    ledger = Ledger([each for each in found if each.organization_id == organization_id], [funds])
    ledger.credit_rests = True
    at = clock.now()
    _move(ledger, funds, parts, at)
    today = (await load_organization(tx, organization_id)).today()
    await ledger_operations.commit(tx, ledger, {organization_id: today}, at)


def _move(ledger: Ledger, funds: Funds, parts: Sequence[Part], at: datetime) -> None:
    """Take back what is not as wished, then put it where it is."""
    wanted = {part.invoice_id: part.amount_minor for part in parts}
    has: dict[UUID, int] = {}
    for standing in funds.standing:
        has[standing.invoice_id] = has.get(standing.invoice_id, 0) + standing.amount_minor
    changing = {invoice_id for invoice_id in has if wanted.get(invoice_id) != has[invoice_id]}
    for standing in list(funds.standing):
        if standing.invoice_id in changing:
            ledger.release(standing)
    fresh = [part for part in parts if has.get(part.invoice_id) != part.amount_minor]
    verdict = judge(fresh, ledger.positions, funds.currency)
    if verdict is not None:
        raise problems.problem_of_part(verdict, funds.currency)
    for part in fresh:
        if ledger.positions[part.invoice_id].customer_id != funds.customer_id:
            raise problems.CustomersDiffer(part.invoice_id)
        ledger.apply(funds, part.invoice_id, part.amount_minor, at)
