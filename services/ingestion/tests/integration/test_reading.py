"""Reading: page by page, resumed where it stopped, paced by the answers."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest

from services.ingestion.imports.columns import COLUMNS
from services.ingestion.imports.timers import read_imports
from services.ingestion.settings import IngestionSettings
from services.ingestion.tests.kit import (
    Peers,
    broken_promises,
    customer_only,
    errors,
    file_of,
    row_of,
    state,
    upload,
)
from shared.contracts.event import Event
from shared.contracts.ingestion import CustomerRowsAccepted, DebtRowsAccepted, ImportFinished
from shared.outbox import emit
from shared.testing import Running

Limits = Callable[..., IngestionSettings]


def rows_handed_on(events: list[Event[Any]]) -> list[int]:
    return [
        row.row for e in events if isinstance(e.data, CustomerRowsAccepted) for row in e.data.rows
    ]


async def test_rows_travel_in_pages_and_each_row_once(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=10)
    await upload(client, file_of(*[row_of(n) for n in range(95)]))
    events = await peers.settle()

    pages = [e.data for e in events if isinstance(e.data, CustomerRowsAccepted)]
    assert [len(page.rows) for page in pages] == [10] * 9 + [5]
    assert [page.page for page in pages] == list(range(10))
    assert rows_handed_on(events) == list(range(2, 97))
    assert await broken_promises(service) == []


async def test_reading_pauses_while_enough_pages_are_unanswered(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=5, pages_in_flight=3)
    started = await upload(client, file_of(*[row_of(n) for n in range(100)]))

    assert await service.run_timer(read_imports) == 3
    assert await service.run_timer(read_imports) == 0
    asked = await peers.take()
    assert len(asked) == 3
    assert (await state(client, started["id"]))["status"] == "validating"

    await service.deliver(peers.answer(asked[0]))
    assert await service.run_timer(read_imports) == 0, "billing has not answered yet"
    (debts,) = await peers.take()
    await service.deliver(peers.answer(debts))
    assert await service.run_timer(read_imports) == 1


async def test_an_answer_wakes_the_reader(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=5, pages_in_flight=1)
    await upload(client, file_of(*[customer_only(n) for n in range(10)]))
    await service.run_timer(read_imports)
    (asked,) = await peers.take()
    async with service.db.pool.connection() as listener:
        await listener.set_autocommit(True)
        await listener.execute("LISTEN duesline_timer")
        await service.deliver(peers.answer(asked))
        heard = [note.payload async for note in listener.notifies(timeout=2.0, stop_after=1)]
        await listener.execute("UNLISTEN *")
    assert heard == ["read-imports"]


async def test_a_worker_killed_in_a_page_loses_nothing_and_repeats_nothing(
    client: httpx.AsyncClient,
    service: Running,
    peers: Peers,
    limits: Limits,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits(page_rows=7)
    text = [row_of(n, customer_name=f'"name\n{n}"') if n % 5 == 0 else row_of(n) for n in range(60)]
    started = await upload(client, file_of(*text))
    chance = Random(7)

    async def killed_at_times(*arguments: Any) -> None:
        await emit(*arguments)
        if chance.random() < 0.5:
            raise KeyboardInterrupt

    monkeypatch.setattr("services.ingestion.imports.reading.emit", killed_at_times)
    kills = 0
    for _ in range(100):
        try:
            await service.run_timer(read_imports)
        except KeyboardInterrupt:
            kills += 1
    monkeypatch.undo()
    events = await peers.settle()

    assert kills > 3
    expected = [2]
    for n in range(59):
        expected.append(expected[-1] + (2 if n % 5 == 0 else 1))
    assert rows_handed_on(events) == expected
    assert (await state(client, started["id"]))["rows"] == 60
    assert await broken_promises(service) == []


async def test_many_workers_at_one_job_hand_each_row_on_once(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=5)
    await upload(client, file_of(*[row_of(n) for n in range(90)]))
    await asyncio.gather(*[service.run_timer(read_imports) for _ in range(6)])
    events = await peers.settle()

    assert sorted(rows_handed_on(events)) == list(range(2, 92))
    assert await broken_promises(service) == []


async def test_answers_in_any_order_and_many_times_count_once(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=4)
    peers.refuse_customers = {7: "no"}
    peers.refuse_debts = {12: "no"}
    started = await upload(client, file_of(*[row_of(n) for n in range(40)]))
    chance, ends = Random(11), 0
    for _ in range(6):
        await service.run_timer(read_imports)
        await peers.take()
        asked = [
            e for e in peers.events if isinstance(e.data, CustomerRowsAccepted | DebtRowsAccepted)
        ]
        chance.shuffle(asked)
        answers = [peers.answer(event) for event in asked * 3]
        for start in range(0, len(answers), 7):
            result = await service.deliver(*answers[start : start + 7])
            assert not result.failures
    ends = sum(isinstance(event.data, ImportFinished) for event in peers.events)

    done = await state(client, started["id"])
    assert (done["status"], done["rows"], done["rows_refused"]) == ("finished", 40, 2)
    assert (done["customers"]["created"], done["invoices"]["created"]) == (39, 38)
    assert ends == 1
    assert await broken_promises(service) == []


async def test_answers_handled_side_by_side_end_the_import_once(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=3)
    started = await upload(client, file_of(*[customer_only(n) for n in range(30)]))
    await service.run_timer(read_imports)
    asked = await peers.take()
    await asyncio.gather(*[service.deliver(peers.answer(event)) for event in asked])

    ends = [e for e in await peers.take() if isinstance(e.data, ImportFinished)]
    assert len(ends) == 1
    assert (await state(client, started["id"]))["progress_percent"] == 100


async def test_a_row_refused_by_a_service_is_reported_with_its_text_from_the_file(
    client: httpx.AsyncClient, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=3)
    peers.refuse_customers = {8: "no such id"}
    rows = [row_of(n, customer_name='"two\nlines"') for n in range(6)]
    started = await upload(client, file_of(*rows))
    await peers.settle()

    assert await errors(client, started["id"]) == [
        (8, "national_id", "no such id (the row goes on to line 9)")
    ]
    report = await client.get(f"/imports/{started['id']}/errors.csv")
    assert rows[3] in report.text.replace("\r\n", "\n")


async def test_a_refusal_of_a_row_in_a_later_piece_of_the_file_finds_its_text(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    rows = [row_of(n, description="x" * 400) for n in range(6000)]
    peers.refuse_debts = {line: "no" for line in (2, 2100, 2500, 6001)}
    started = await upload(client, file_of(*rows))
    await peers.settle()

    report = await client.get(f"/imports/{started['id']}/errors.csv")
    _, *lines = report.text.splitlines()
    assert lines == [f"{n},debt_ref,debt_ref: no,{rows[n - 2]}" for n in (2, 2100, 2500, 6001)]


async def test_progress_only_grows(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=4, pages_in_flight=2)
    started = await upload(client, file_of(*[row_of(n) for n in range(30)]))
    seen = [0]
    while seen[-1] < 100:
        await service.run_timer(read_imports)
        for event in await peers.take():
            if not isinstance(event.data, ImportFinished):
                await service.deliver(peers.answer(event))
            seen.append((await state(client, started["id"]))["progress_percent"])
    assert seen == sorted(seen)
    assert len(set(seen)) > 8


async def test_a_job_that_cannot_be_read_on_does_not_keep_others_waiting(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    broken = await upload(client, file_of(*[row_of(n) for n in range(3)]))
    async with service.db.transaction(None) as tx:
        await tx.execute("DELETE FROM file_chunk WHERE file_id = %s", (broken["id"],))
    fine = await upload(client, file_of(*[row_of(n) for n in range(4)]))

    with pytest.raises(ExceptionGroup, match="could not be read on"):
        await service.run_timer(read_imports)

    assert (await state(client, fine["id"]))["rows"] == 4
    assert (await state(client, broken["id"]))["status"] == "uploaded"
    assert await service.run_timer(read_imports) == 0, "it is left alone for a while"


async def test_a_cancelled_import_reads_no_further_and_ends_with_what_was_handed_on(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=5, pages_in_flight=2)
    started = await upload(client, file_of(*[row_of(n) for n in range(50)]))
    await service.run_timer(read_imports)
    cancelled = await client.post(f"/imports/{started['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "applying")
    for _ in range(2):
        for event in await peers.take():
            await service.deliver(peers.answer(event))
    await peers.settle()

    done = await state(client, started["id"])
    assert (done["status"], done["rows"]) == ("cancelled", 10)
    assert done["invoices"]["created"] == 10
    again = await client.post(f"/imports/{started['id']}/cancel")
    assert again.status_code == 409
    assert again.json()["status"] == 409
    assert await broken_promises(service) == []


async def test_an_import_cancelled_before_it_was_read_is_over_at_once(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    started = await upload(client, file_of(row_of(1)))
    cancelled = await client.post(f"/imports/{started['id']}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    assert rows_handed_on(await peers.settle()) == []


async def test_pages_are_bounded_in_bytes_too(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    width = len(COLUMNS)
    long = ",".join(["C-1", "Ana", *[""] * (width - 3), "x" * 60_000])
    await upload(client, file_of(*[long] * 40))
    await service.run_timer(read_imports)
    async with service.db.transaction(None) as tx:
        found = await tx.execute("SELECT max(end_offset - start_offset) AS most FROM import_page")
        most = await found.fetchone()
    assert most is not None
    assert most["most"] < 4_000_000


async def test_any_bytes_at_all_end_as_an_import_that_is_over(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=3)
    chance = Random(3)
    header = ",".join(COLUMNS).encode() + b"\n"
    pieces = [b'"', b",", b";", b"\n", b"\r", b"\0", b"\xff", b"C-1", b"=1", row_of(1).encode()]
    for _ in range(25):
        body = b"".join(chance.choice(pieces) for _ in range(chance.randrange(200)))
        started = await upload(client, header + body)
        await peers.settle()
        done = await state(client, started["id"])
        assert done["status"] in ("finished", "failed")
        report = await client.get(f"/imports/{started['id']}/errors.csv")
        assert report.status_code == 200
    assert await broken_promises(service) == []
