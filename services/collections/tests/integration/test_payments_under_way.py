"""Payments under way: what they would pay does not count until the processor has decided."""

from datetime import timedelta
from typing import Any

import pytest

from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Invoice, Line, Scene
from shared import clock
from shared.contracts.payments import (
    AllocationMade,
    PaymentFailed,
    PaymentMethod,
    PaymentPending,
    PaymentReceived,
)
from shared.ids import new_id


def pending(line: Line, invoice: Invoice, minutes: int = 60) -> PaymentPending:
    """A payment of all of an invoice that its payer has confirmed."""
    return PaymentPending(
        payment_id=new_id(),
        customer_id=line.customer_id,
        invoice_id=invoice.id,
        line_id=line.id,
        amount_minor=invoice.total_minor,
        currency="USD",
        method=PaymentMethod.CARD,
        provider="stripe",
        expires_at=clock.now() + timedelta(minutes=minutes),
    )


def failed(payment: PaymentPending) -> PaymentFailed:
    """It was declined."""
    return PaymentFailed(**payment.model_dump(exclude={"expires_at"}), reason="declined")


def received(payment: PaymentPending, scene: Scene) -> PaymentReceived:
    """It has arrived."""
    return PaymentReceived(
        payment_id=payment.payment_id,
        customer_id=payment.customer_id,
        amount_minor=payment.amount_minor,
        currency="USD",
        method=payment.method,
        reference=None,
        received_on=scene.today,
        credited_minor=0,
        provider=payment.provider,
    )


def allocated(payment: PaymentPending, invoice: Invoice) -> AllocationMade:
    """It was put against its invoice."""
    return invoice.paid(payment.amount_minor).model_copy(update={"payment_id": payment.payment_id})


async def test_a_payment_under_way_is_honoured_until_it_fails_or_runs_out(scene: Scene) -> None:
    line, (invoice,) = await scene.off()
    first = pending(line, invoice, 30)
    await scene.say(first)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    await scene.say(failed(first))
    assert await scene.obey() == [("suspend", line.id, 3)]
    await scene.say(first)
    assert await scene.obey() == []
    await scene.say(pending(line, invoice, 30))
    assert await scene.obey() == [("reactivate", line.id, 4)]
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        await settled(scene.running, scene)
    assert await scene.obey() == [("suspend", line.id, 5)]


async def test_a_failure_heard_of_first_keeps_its_payment_from_pausing(scene: Scene) -> None:
    line, (invoice,) = await scene.off()
    payment = pending(line, invoice)
    await scene.say(failed(payment))
    await scene.say(payment)
    assert await scene.obey() == []


def story(scene: Scene, line: Line, invoice: Invoice, name: str) -> list[list[Any]]:
    """What is heard of a payment that was put against its invoice, in batches; its end first."""
    payment = pending(line, invoice)
    paid, arrived = allocated(payment, invoice), received(payment, scene)
    other = scene.invoice(line, days_overdue=-5).issued()
    stories: dict[str, list[list[Any]]] = {
        "apart": [[paid], [payment]],
        "apart, received between": [[paid], [arrived], [payment]],
        "apart, received last": [[paid], [payment], [arrived]],
        "at once": [[paid, arrived, payment]],
        "at once, judged before": [[other, payment, arrived, paid]],
    }
    return stories[name]


@pytest.mark.parametrize(
    "name",
    [
        "apart",
        "apart, received between",
        "apart, received last",
        "at once",
        "at once, judged before",
    ],
)
async def test_an_allocation_heard_of_first_keeps_its_payment_from_pausing(
    scene: Scene, name: str
) -> None:
    """The money was put to its use: what is owed besides is not paused by it any more."""
    line, (invoice, other) = await scene.off(invoices=2)
    for batch in story(scene, line, invoice, name):
        await scene.say(*batch)
    assert await scene.obey() == [], "the other invoice keeps the line off"
    pauses = await scene.rows("SELECT FROM pause WHERE ended_at IS NULL")
    assert pauses == []
    await scene.say(invoice.taken_back(invoice.total_minor), other.paid())
    assert await scene.obey() == [], "and once taken back, it is owed again"
