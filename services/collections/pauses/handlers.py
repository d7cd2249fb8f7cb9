"""Payments under way pause what they would pay.

A payer who has confirmed a payment is not cut off while the processor decides. The pause
runs out with the payment. When the money has come it ends with the allocation that takes the
debt away (services.collections.enforcement.handlers), or a moment later where there is none.
A payment whose allocation is heard of first never pauses: not in the batch that brings it,
and not after it (services.collections.pauses.store).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar, cast

from services.collections.enforcement.rules import Cause
from services.collections.pauses.operations import end_pauses, put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import Ending, NewPause
from shared.bus.handlers import on
from shared.contracts.event import Event
from shared.contracts.payments import (
    AllocationMade,
    PaymentFailed,
    PaymentPending,
    PaymentReceived,
)
from shared.db import Connection
from shared.tenancy import require_organizations

D = TypeVar("D", PaymentPending, PaymentReceived)

LINGER: Final = timedelta(minutes=10)


@on(PaymentPending, AllocationMade)
async def pause_for_payments(
    tx: Connection, events: Sequence[Event[PaymentPending | AllocationMade]]
) -> None:
    """Take what is being paid out of the count until the processor has decided."""
    under_way = _unallocated(events, PaymentPending)
    if not under_way:
        return
    known = await require_organizations(tx, {event.organization for event in under_way})
    pauses = []
    for event in under_way:
        organization, said = known[event.organization], event.data
        expires_at = said.expires_at + organization.clock_offset
        pauses.append(
            NewPause(
                organization.id,
                said.customer_id,
                PauseKind.PAYMENT_IN_FLIGHT,
                said.payment_id,
                from_on=organization.local_date(event.time + organization.clock_offset),
                line_id=said.line_id if said.invoice_id is None else None,
                invoice_id=said.invoice_id,
                amount_minor=said.amount_minor,
                expires_at=expires_at,
            )
        )
    await put_pauses(tx, list(_last(pauses)), _cause(under_way[-1]))


@on(PaymentFailed)
async def go_on_after_failures(tx: Connection, events: Sequence[Event[PaymentFailed]]) -> None:
    """Count what was not paid again; heard of before the payment, it keeps that from pausing."""
    endings = {
        event.data.payment_id: Ending(
            event.organization,
            event.data.customer_id,
            PauseKind.PAYMENT_IN_FLIGHT,
            event.data.payment_id,
        )
        for event in events
    }
    await end_pauses(tx, list(endings.values()), _cause(events[-1]))


@on(PaymentReceived, AllocationMade)
async def let_pauses_run_out(
    tx: Connection, events: Sequence[Event[PaymentReceived | AllocationMade]]
) -> None:
    """Have the pauses of payments that came in run out soon; only a processor's have one."""
    arrived = _unallocated(events, PaymentReceived)
    through = [event for event in arrived if event.data.provider is not None]
    if not through:
        return
    known = await require_organizations(tx, {event.organization for event in through})
    pauses = []
    for event in through:
        organization, said = known[event.organization], event.data
        pauses.append(
            NewPause(
                organization.id,
                said.customer_id,
                PauseKind.PAYMENT_IN_FLIGHT,
                said.payment_id,
                from_on=organization.local_date(event.time + organization.clock_offset),
                amount_minor=said.amount_minor,
                expires_at=event.time + organization.clock_offset + LINGER,
            )
        )
    await put_pauses(tx, list(_last(pauses)), _cause(through[-1]))


def _unallocated(events: Sequence[Event[Any]], kind: type[D]) -> list[Event[D]]:
    """The events of a kind whose payment the same batch does not put against an invoice."""
    used = {event.data.payment_id.int for event in events if isinstance(event.data, AllocationMade)}
    return [
        cast("Event[D]", event)
        for event in events
        if isinstance(event.data, kind) and event.data.payment_id.int not in used
    ]


def _last(pauses: Sequence[NewPause]) -> Sequence[NewPause]:
    """One for each payment: a statement writes a row once."""
    return list({pause.source_id: pause for pause in pauses}.values())


def _cause(event: Event[Any]) -> Cause:
    return Cause(event.type, event.id, event.traceparent)
