"""Money that arrives before the invoice is known here."""

import asyncio
from time import perf_counter

import httpx

from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.ids import new_id
from shared.testing.bed import sample_organization


async def test_a_payment_right_after_the_issue_waits_for_its_invoice(desk: Desk) -> None:
    invoice = facts.issued()
    paying = asyncio.create_task(desk.pay(invoice_id=invoice.invoice_id))
    await asyncio.sleep(0.15)
    assert not paying.done()

    await desk.running.deliver(invoice)

    assert (await paying).status_code == 201


async def test_a_customer_that_was_just_registered_is_waited_for(desk: Desk) -> None:
    customer_id = new_id()
    paying = asyncio.create_task(desk.pay(customer_id=customer_id, surplus="credit"))
    await asyncio.sleep(0.05)

    await desk.running.deliver(facts.customer(customer_id))

    assert (await paying).status_code == 201


async def test_an_organization_that_was_just_created_is_waited_for(desk: Desk) -> None:
    created = sample_organization("Newborn Net")
    newborn = desk.running.other_organization.__class__(
        **{**vars(desk.organization), "id": created.organization_id}
    )
    invoice = facts.issued()
    await desk.running.deliver(invoice, organization=created.organization_id)
    paying = asyncio.create_task(desk.pay(invoice_id=invoice.invoice_id, organization=newborn))
    await asyncio.sleep(0.05)

    await desk.running.add_organization(created)

    assert (await paying).status_code == 201


async def test_an_invoice_nobody_issues_is_unknown_after_three_seconds(desk: Desk) -> None:
    started = perf_counter()

    answer = await desk.pay(invoice_id=new_id())

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/receivable-unknown")
    assert answer.headers["retry-after"] == "1"
    assert perf_counter() - started > 1.0


async def test_those_who_wait_hold_nobody_up(desk: Desk) -> None:
    invoice = await desk.invoice()
    waiting = [asyncio.create_task(desk.pay(invoice_id=new_id())) for _ in range(50)]
    await asyncio.sleep(0.1)

    assert (await desk.pay(invoice_id=invoice.invoice_id)).status_code == 201

    assert not any(each.done() for each in waiting)
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_an_organization_unknown_once_is_asked_for_anew(desk: Desk) -> None:
    created = sample_organization("Latecomer Net")
    latecomer = desk.running.other_organization.__class__(
        **{**vars(desk.organization), "id": created.organization_id}
    )
    invoice = facts.issued()
    await desk.running.deliver(invoice, organization=created.organization_id)

    async def pay(amount: str) -> httpx.Response:
        return await desk.pay(
            invoice_id=invoice.invoice_id, organization=latecomer, amount=amount, currency=None
        )

    assert (await pay("45.00")).json()["type"].endswith("/organization-unknown")

    await desk.running.add_organization(created)

    assert (await pay("45.00")).status_code == 201
    assert (await pay("0.01")).status_code == 409
