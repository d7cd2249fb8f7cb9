"""Collections' orders: placed and lifted as sets, newest generation first."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.customers.lines.model import Line
from services.customers.lines.orders import Order, newest, obey
from services.customers.tests.builders import line_row, page, reactivate, row, suspend
from services.customers.tests.integration.conftest import Make, until_someone_waits
from shared.bus.apply import Outcome
from shared.contracts.customers import (
    HoldReason,
    LineFacts,
    LineReactivated,
    LineStatus,
    LineSuspended,
    LineUpdated,
)
from shared.db import Connection
from shared.ids import external_id, new_id
from shared.testing import Running
from shared.testing.bed import envelope


async def stock(service: Running, count: int, prefix: str = "C") -> list[UUID]:
    """That many active lines, one per customer, taken in from a file."""
    organization_id = service.organization.id
    refs = [f"{prefix}{at}" for at in range(count)]
    rows = [
        row(organization_id, ref, at, line=line_row(organization_id, ref))
        for at, ref in enumerate(refs)
    ]
    result = await service.deliver(page(*rows))
    assert not result.failures
    await service.emitted()
    return [external_id(organization_id, "line", f"{ref}/1") for ref in refs]


async def lines(service: Running) -> dict[UUID, dict[str, object]]:
    """What is stored of every line."""
    async with service.db.transaction(None) as tx:
        rows = await (
            await tx.execute("SELECT id, status, holds, version, generation FROM line")
        ).fetchall()
    return {one["id"]: one for one in rows}


async def test_an_order_suspends_and_the_next_restores(service: Running) -> None:
    (line_id,) = await stock(service, 1)
    order = suspend(line_id, 1)
    await service.deliver(order)
    (suspended,) = await service.emitted()
    await service.deliver(reactivate(line_id, 2))
    (restored,) = await service.emitted()

    assert isinstance(suspended.data, LineSuspended)
    assert isinstance(restored.data, LineReactivated)
    assert (suspended.data.status, suspended.data.holds) == (
        LineStatus.SUSPENDED,
        (HoldReason.NON_PAYMENT,),
    )
    assert (restored.data.status, restored.data.holds) == (LineStatus.ACTIVE, ())
    assert (suspended.data.generation, restored.data.generation) == (1, 2)
    assert (suspended.subject, suspended.aggregateversion) == (str(line_id), 2)
    assert suspended.causationid is not None


async def test_what_is_announced_is_the_whole_line(
    service: Running, client: httpx.AsyncClient
) -> None:
    (line_id,) = await stock(service, 1)
    await service.deliver(suspend(line_id, 1))
    (event,) = await service.emitted()
    async with service.db.session(service.organization.id) as session:
        stored = await session.get_one(Line, line_id)

    said = stored.facts() | {"changed_on": service.organization.today()}
    assert event.data == LineSuspended.model_validate(said)
    assert set(event.data.model_dump()) == set(LineFacts.model_fields)


async def test_an_overtaken_order_changes_nothing(service: Running) -> None:
    (line_id,) = await stock(service, 1)
    await service.deliver(reactivate(line_id, 5))
    await service.deliver(suspend(line_id, 4))
    await service.deliver(suspend(line_id, 5))

    assert await service.emitted() == []
    stored = (await lines(service))[line_id]
    assert (stored["status"], stored["version"], stored["generation"]) == ("active", 1, 5)


async def test_of_one_batch_the_latest_generation_counts(service: Running) -> None:
    (line_id,) = await stock(service, 1)
    await service.deliver(suspend(line_id, 3), reactivate(line_id, 4), suspend(line_id, 1))

    assert await service.emitted() == []
    assert (await lines(service))[line_id]["generation"] == 4


async def test_paying_lifts_non_payment_alone(service: Running, client: httpx.AsyncClient) -> None:
    (line_id,) = await stock(service, 1)
    await service.deliver(suspend(line_id, 1))
    await client.post(f"/lines/{line_id}/holds", json={"reason": "fraud"})
    await service.emitted()
    await service.deliver(reactivate(line_id, 2))

    (event,) = await service.emitted()
    assert isinstance(event.data, LineUpdated)
    assert (event.data.status, event.data.holds) == (LineStatus.SUSPENDED, (HoldReason.FRAUD,))


async def test_a_cancelled_line_only_notes_the_generation(
    service: Running, client: httpx.AsyncClient
) -> None:
    (line_id,) = await stock(service, 1)
    await client.post(f"/lines/{line_id}/cancel")
    await service.emitted()
    await service.deliver(suspend(line_id, 7))

    assert await service.emitted() == []
    stored = (await lines(service))[line_id]
    assert (stored["status"], stored["holds"], stored["generation"]) == ("cancelled", [], 7)


async def test_a_line_not_yet_installed_is_held_without_being_suspended(
    service: Running, line: Make
) -> None:
    sold = await line(active=False)
    await service.emitted()
    await service.deliver(suspend(sold["id"], 1))

    (event,) = await service.emitted()
    assert isinstance(event.data, LineUpdated)
    assert (event.data.status, event.data.holds) == (
        LineStatus.NOT_INSTALLED,
        (HoldReason.NON_PAYMENT,),
    )


async def test_an_unknown_line_waits_and_the_others_are_served(service: Running) -> None:
    known = await stock(service, 3)
    orders = [suspend(line_id, 1) for line_id in (known[0], new_id(), *known[1:])]
    result = await service.deliver(*orders)

    assert result.applied == 3
    (failure,) = result.failures
    assert (failure.outcome, failure.event.data) == (Outcome.LATER, orders[1])
    assert {one["status"] for one in (await lines(service)).values()} == {"suspended"}


async def test_another_organizations_order_finds_no_line(service: Running) -> None:
    (line_id,) = await stock(service, 1)
    result = await service.deliver(suspend(line_id, 1), organization=service.other_organization.id)

    assert [failure.outcome for failure in result.failures] == [Outcome.LATER]
    assert (await lines(service))[line_id]["status"] == "active"


async def test_the_same_order_a_hundred_times_takes_effect_once(service: Running) -> None:
    (line_id,) = await stock(service, 1)
    order, event_id = suspend(line_id, 1), new_id()
    for _ in range(50):
        await service.deliver(order, ids=[event_id])
        await service.deliver(order)

    assert len(await service.emitted()) == 1
    assert (await lines(service))[line_id]["version"] == 2


@pytest.mark.parametrize("size", [1, 500])
async def test_a_batch_of_any_size_takes_two_statements(service: Running, size: int) -> None:
    known = await stock(service, size)
    async with service.db.transaction(None) as tx:
        counted = _Counting(tx)
        orders: list[Order] = [
            envelope(suspend(line_id, 1), service.organization.id) for line_id in known
        ]
        assert await obey(counted, newest(orders)) == set()  # type: ignore[arg-type]
    assert counted.statements == 2
    assert len(await service.emitted()) == size


class _Counting:
    """A connection that counts what it is asked."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self.statements = 0

    async def execute(self, *args: Any) -> object:
        self.statements += 1
        return await self._tx.execute(*args)


async def test_a_hold_placed_while_its_lifting_waited_is_lifted(service: Running) -> None:
    (line_id,) = await stock(service, 1)
    order: Order = envelope(suspend(line_id, 1), service.organization.id)
    async with service.db.transaction(None) as tx:
        await obey(tx, [order])
        lifting = asyncio.create_task(service.deliver(reactivate(line_id, 2)))
        await until_someone_waits(service)
    await lifting

    async with service.db.transaction(None) as tx:
        left = await (await tx.execute("SELECT * FROM hold")).fetchall()
    assert left == []
    assert (await lines(service))[line_id]["status"] == "active"


async def test_batches_side_by_side_neither_deadlock_nor_disagree(service: Running) -> None:
    known = await stock(service, 60)
    random = Random(5)
    batches = []
    for generation in range(1, 9):
        make = suspend if generation % 2 else reactivate
        orders = [make(line_id, generation) for line_id in known]
        random.shuffle(orders)
        batches.append(orders)
    results = await asyncio.gather(*(service.deliver(*orders) for orders in batches))

    assert all(not result.failures for result in results)
    stored = await lines(service)
    assert {(one["status"], one["generation"]) for one in stored.values()} == {("active", 8)}


@pytest.fixture
async def three_lines(service: Running) -> list[UUID]:
    return await stock(service, 3)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_in_any_order_and_split_in_any_way_the_end_is_the_same(
    service: Running, three_lines: Sequence[UUID], data: st.DataObject
) -> None:
    base = max(int(str(one["generation"])) for one in (await lines(service)).values())
    history = {
        line_id: data.draw(st.lists(st.booleans(), min_size=1, max_size=4))
        for line_id in three_lines
    }
    orders = [
        (suspend if suspends else reactivate)(line_id, base + at)
        for line_id, story in history.items()
        for at, suspends in enumerate(story, start=1)
    ]
    arrivals = data.draw(st.permutations(orders + orders[:2]))
    cut = data.draw(st.integers(0, len(arrivals)))
    for batch in (arrivals[:cut], arrivals[cut:]):
        result = await service.deliver(*batch)
        assert not result.failures

    stored = await lines(service)
    for line_id, story in history.items():
        expected = LineStatus.SUSPENDED if story[-1] else LineStatus.ACTIVE
        assert stored[line_id]["status"] == expected
        assert stored[line_id]["generation"] == base + len(story)
