"""What a ledger did, stored and announced."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.payments.ledger import store
from services.payments.ledger.rules import Going, Ledger, Move
from services.payments.ledger.store import CreditState
from services.payments.returns.rules import ReturnKind
from shared.contracts.event import Event
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    CreditChanged,
    PaymentChargedBack,
    PaymentRefunded,
    PaymentReversed,
)
from shared.db import Connection
from shared.outbox import Outgoing, emit

RETURNED: Final = {
    ReturnKind.REFUND: PaymentRefunded,
    ReturnKind.REVERSAL: PaymentReversed,
    ReturnKind.CHARGEBACK: PaymentChargedBack,
}
Causes = Mapping[UUID, Event[Any]]
"""Which event made an invoice's money move."""


async def commit(
    tx: Connection,
    ledger: Ledger,
    booked_on: Mapping[UUID, date],
    at: datetime,
    causes: Causes | None = None,
) -> None:
    """Store the moves of a ledger and announce them.

    Each allocation is said with the state its receivable has after all of them: what was in
    between never was for anybody else.
    """
    if not ledger.moves and not ledger.touched:
        return
    changed = await store.write(tx, ledger, booked_on, at)
    moves = [
        _going(move) if isinstance(move, Going) else _allocation(move, causes or {})
        for move in ledger.moves
    ]
    await emit(tx, [*moves, *(_credit(each) for each in changed)])


def _going(going: Going) -> Outgoing:
    funds = going.funds
    facts = RETURNED[going.kind](
        return_id=going.id,
        payment_id=funds.payment_id,
        customer_id=funds.customer_id,
        amount_minor=going.amount_minor,
        currency=funds.currency,
        returned_minor=going.returned_minor,
        returned_on=going.returned_on,
        reason=going.reason,
    )
    return Outgoing(facts, funds.organization_id, funds.payment_id)


def _allocation(move: Move, causes: Causes) -> Outgoing:
    position, funds = move.position, move.funds
    kind = AllocationMade if move.amount_minor > 0 else AllocationReversed
    facts = kind(
        allocation_id=move.id,
        payment_id=funds.payment_id,
        invoice_id=position.invoice_id,
        customer_id=funds.customer_id,
        line_id=position.line_id,
        amount_minor=abs(move.amount_minor),
        currency=funds.currency,
        received_on=funds.received_on,
        allocated_minor=position.allocated_minor,
        open_minor=position.open_minor,
        receivable_version=move.version,
        recovered_minor=position.recovered_minor,
    )
    cause = causes.get(position.invoice_id)
    return Outgoing(facts, funds.organization_id, position.invoice_id, move.version, cause)


def _credit(state: CreditState) -> Outgoing:
    facts = CreditChanged(
        customer_id=state.customer_id,
        currency=state.currency,
        balance_minor=state.balance_minor,
        version=state.version,
    )
    return Outgoing(facts, state.organization_id, state.customer_id, state.version)
