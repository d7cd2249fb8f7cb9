"""Letting money of a payment go: one function, whatever the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.payments.ledger import operations as ledger_operations
from services.payments.ledger import store as ledger_store
from services.payments.ledger.rules import Funds, Ledger
from services.payments.returns.problems import (
    PaymentReturned,
    ReturnedInTheFuture,
    ReturnExceedsPayment,
)
from services.payments.returns.rules import ReturnKind
from shared import clock
from shared.db import Connection
from shared.money import Money
from shared.problems import NotFound
from shared.tenancy import Organization, load_organization

OWNER: Final = "SELECT organization_id, customer_id FROM payment WHERE id = %s"
KNOWN: Final = """
SELECT id, payment_id, amount_minor, returned_on FROM payment_return
WHERE organization_id = %s AND kind = %s AND provider_ref = %s
"""


@dataclass(frozen=True, slots=True)
class Return:
    """Money that goes away again. Without an amount: all that is left of the payment.

    `provider_ref` is what the card processor calls it: one effect per kind and reference.
    `first` names invoices that give their money before the others; otherwise the latest
    allocations give way first, and account credit before all of them.
    """

    payment_id: UUID
    kind: ReturnKind
    amount_minor: int | None
    reason: str
    returned_on: date | None = None
    """Today on the organization's calendar when left out."""
    by: UUID | None = None
    provider_ref: str | None = None
    first: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """A return that is recorded; `new` when it was not before."""

    id: UUID
    payment_id: UUID
    amount_minor: int
    returned_on: date
    new: bool


async def return_money(tx: Connection, wanted: Return) -> Returned:
    """Record money that went away: from the payment's credit, then from its allocations.

    Invoices it had paid are open again, with the due dates they have always had. Raises
    NotFound, PaymentReturned, ReturnExceedsPayment and ReturnedInTheFuture. The caller's
    transaction must hold no lock on money yet (see `ledger`).
    """
    owner = await (await tx.execute(OWNER, (wanted.payment_id,))).fetchone()
    if owner is None:
        raise NotFound("payment", wanted.payment_id)
    organization_id = owner["organization_id"]
    customer = organization_id, owner["customer_id"]
    await ledger_store.lock_customers(tx, [customer], impatient=True)
    if wanted.provider_ref is not None:
        key = organization_id, wanted.kind.value, wanted.provider_ref
        known = await (await tx.execute(KNOWN, key)).fetchone()
        if known is not None:
            return Returned(**known, new=False)
    (funds,) = await ledger_store.load_funds(tx, [wanted.payment_id])
    organization = await load_organization(tx, organization_id)
    amount_minor, returned_on = _judged(wanted, funds, organization)
    at = clock.now()
    paid = {standing.invoice_id for standing in funds.standing}
    ledger = Ledger(await ledger_store.lock_positions(tx, paid), [funds])
    ledger.free(funds, amount_minor, at, wanted.first)
    going = ledger.pay_out(
        funds,
        wanted.kind,
        amount_minor,
        wanted.reason,
        returned_on,
        provider_ref=wanted.provider_ref,
        by=wanted.by,
    )
    await ledger_operations.commit(tx, ledger, {organization_id: organization.today()}, at)
    return Returned(going.id, funds.payment_id, amount_minor, returned_on, new=True)


def _judged(wanted: Return, funds: Funds, organization: Organization) -> tuple[int, date]:
    """How much goes and when; raises when that cannot be."""
    today = organization.today()
    returned_on = wanted.returned_on or today
    if not funds.left_minor:
        raise PaymentReturned(funds.payment_id)
    amount_minor = funds.left_minor if wanted.amount_minor is None else wanted.amount_minor
    if amount_minor > funds.left_minor:
        amount = Money(amount_minor, funds.currency)
        raise ReturnExceedsPayment(funds.payment_id, amount, funds.left_minor)
    if not funds.received_on <= returned_on <= today:
        raise ReturnedInTheFuture(returned_on, funds.received_on, today)
    return amount_minor, returned_on
