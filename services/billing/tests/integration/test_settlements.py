"""Allocations settle invoices, in any order, once."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.clock.timers import due_clock
from services.billing.tests.integration.facts import TODAY, allocation, debt, page
from shared import clock
from shared.bus.apply import Outcome
from shared.contracts.billing import InvoiceOverdue, InvoiceSettled
from shared.contracts.payments import AllocationReversed
from shared.ids import new_id
from shared.testing import Running


async def owed(service: Running, due_on: date = TODAY, amount_minor: int = 10_000) -> UUID:
    """An issued invoice nobody has paid yet."""
    row = debt(2, due_on=due_on, amount_minor=amount_minor)
    await service.deliver(page(row))
    await service.emitted()
    return row.invoice_id


async def settled(service: Running) -> list[InvoiceSettled]:
    """What was settled since the last look."""
    return [e.data for e in await service.emitted() if isinstance(e.data, InvoiceSettled)]


async def shown(client: httpx.AsyncClient, invoice_id: UUID) -> dict[str, Any]:
    """The invoice as the API shows it."""
    invoice: dict[str, Any] = (await client.get(f"/invoices/{invoice_id}")).json()
    return invoice


async def test_a_part_makes_it_partial_and_the_rest_paid(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice_id = await owed(service)

    await service.deliver(allocation(invoice_id, 4_000, 1))
    partial = await shown(client, invoice_id)
    assert await settled(service) == []
    await service.deliver(allocation(invoice_id, 10_000, 2, received_on=date(2026, 11, 18)))

    assert (partial["status"], partial["open"]["amount"]) == ("partial", "60.00")
    paid = await shown(client, invoice_id)
    assert (paid["status"], paid["settled_on"]) == ("paid", "2026-11-18")
    (said,) = await settled(service)
    assert (said.invoice_id, said.settled_on) == (invoice_id, date(2026, 11, 18))
    assert said.version == paid["version"]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
@pytest.mark.parametrize("together", [True, False])
async def test_any_order_of_facts_ends_in_the_newest_state(
    client: httpx.AsyncClient, service: Running, order: tuple[int, ...], together: bool
) -> None:
    invoice_id = await owed(service)
    facts = {
        1: allocation(invoice_id, 10_000, 1),
        2: allocation(invoice_id, 0, 2, kind=AllocationReversed),
        3: allocation(invoice_id, 7_500, 3),
    }
    ordered = [facts[version] for version in order]

    for _ in range(2):  # the second time under new ids
        for batch in [ordered] if together else [[fact] for fact in ordered]:
            await service.deliver(*batch)

    invoice = await shown(client, invoice_id)
    assert (invoice["status"], invoice["allocated"]["amount"]) == ("partial", "75.00")
    assert invoice["settled_on"] is None


async def test_the_same_settling_fact_a_hundred_times_settles_once(service: Running) -> None:
    invoice_id = await owed(service)
    fact, event_id = allocation(invoice_id, 10_000, 1), new_id()

    await service.deliver(*[fact] * 50)
    await service.deliver(*[fact] * 50, ids=[event_id] * 50)

    assert len(await settled(service)) == 1


async def test_a_reversal_opens_the_invoice_again_and_the_next_payment_settles_it_again(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice_id = await owed(service, due_on=TODAY + timedelta(days=9))
    await service.deliver(allocation(invoice_id, 10_000, 1))
    await service.deliver(allocation(invoice_id, 0, 2, kind=AllocationReversed))
    reopened = await shown(client, invoice_id)
    await service.deliver(allocation(invoice_id, 10_000, 3))

    assert (reopened["status"], reopened["settled_on"]) == ("sent", None)
    assert len(await settled(service)) == 2


async def test_an_unknown_invoice_waits_without_holding_up_the_others(service: Running) -> None:
    known, unknown = await owed(service), new_id()

    result = await service.deliver(allocation(unknown, 1, 1), allocation(known, 10_000, 1))

    assert [failure.outcome for failure in result.failures] == [Outcome.LATER]
    assert len(await settled(service)) == 1


async def test_more_than_the_total_is_a_dead_letter_and_changes_nothing(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice_id = await owed(service)

    result = await service.deliver(allocation(invoice_id, 10_001, 1, total_minor=10_001))

    assert [failure.outcome for failure in result.failures] == [Outcome.DEAD]
    assert (await shown(client, invoice_id))["allocated"]["amount"] == "0.00"


async def test_allocations_of_a_voided_invoice_are_kept_and_settle_nothing(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice_id = await owed(service)
    await client.post(f"/invoices/{invoice_id}/void", json={"reason": "Race"})

    await service.deliver(allocation(invoice_id, 10_000, 1))
    during = await shown(client, invoice_id)
    await service.deliver(allocation(invoice_id, 0, 2, kind=AllocationReversed))

    assert (during["status"], during["allocated"]["amount"]) == ("void", "100.00")
    assert (await shown(client, invoice_id))["allocated"]["amount"] == "0.00"
    assert await settled(service) == []


@pytest.mark.parametrize("paid_before_midnight", [True, False])
async def test_reopened_after_its_due_date_it_has_been_announced_overdue_exactly_once(
    service: Running, noon: clock.FrozenClock, paid_before_midnight: bool
) -> None:
    invoice_id = await owed(service, due_on=TODAY)
    made = allocation(invoice_id, 10_000, 1)
    if paid_before_midnight:
        await service.deliver(made)
    noon.advance(timedelta(days=1))
    await service.run_timer(due_clock)
    if not paid_before_midnight:
        await service.deliver(made)

    await service.deliver(allocation(invoice_id, 0, 2, kind=AllocationReversed))
    await service.deliver(allocation(invoice_id, 10_000, 3))
    await service.deliver(allocation(invoice_id, 0, 4, kind=AllocationReversed))
    noon.advance(timedelta(days=1))
    await service.run_timer(due_clock)

    said = [e for e in await service.emitted() if isinstance(e.data, InvoiceOverdue)]
    assert [e.data.invoice_id for e in said] == [invoice_id]


async def test_a_large_batch_settles_every_invoice_once(service: Running) -> None:
    rows = [debt(at, amount_minor=10_000) for at in range(500)]
    await service.deliver(page(*rows))
    await service.emitted()
    facts = [allocation(row.invoice_id, 5_000, 1) for row in rows]
    facts += [allocation(row.invoice_id, 10_000, 2) for row in reversed(rows)]

    result = await service.deliver(*facts)

    assert result.applied == 1000
    said = await settled(service)
    assert sorted(each.invoice_id for each in said) == sorted(row.invoice_id for row in rows)
