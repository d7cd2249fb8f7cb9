"""What a user gets to see: lists, error reports, progress, the template."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from typing import Any

import httpx

from services.ingestion.imports.columns import COLUMNS, REPORT
from services.ingestion.imports.timers import read_imports
from services.ingestion.settings import IngestionSettings
from services.ingestion.tests.kit import (
    Peers,
    customer_only,
    errors,
    file_of,
    row_of,
    state,
    upload,
)
from shared.testing import Running

Limits = Callable[..., IngestionSettings]


async def report(
    client: httpx.AsyncClient, import_id: str, delimiter: str = ","
) -> list[list[str]]:
    """The error report as a spreadsheet would read it."""
    answer = await client.get(f"/imports/{import_id}/errors.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


async def test_the_error_report_has_the_refused_rows_as_they_were_and_why(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    peers.refuse_debts = {2: "known with another amount"}
    rows = [row_of(1), row_of(2, amount="x", due_on="y"), row_of(3), "C-4,short"]
    started = await upload(client, file_of(*rows))
    await peers.settle()

    header, *lines = await report(client, started["id"])
    assert header == [*REPORT, *COLUMNS]
    assert lines[0] == ["2", "debt_ref", "debt_ref: known with another amount", *rows[0].split(",")]
    assert lines[1][:3] == [
        "3",
        "amount, due_on",
        "amount: 'x' is not an amount such as 25.00; due_on: 'y' is not a date written YYYY-MM-DD",
    ]
    assert lines[1][3:] == rows[1].split(",")
    assert lines[2][0] == "5"
    assert lines[2][3:] == ["C-4", "short"]
    assert len(lines) == 3


async def test_a_corrected_report_can_be_uploaded_as_it_is(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    first = await upload(
        client, file_of(*[row_of(n, phone="+593", amount="N/A") for n in range(5)])
    )
    await peers.settle()
    answer = await client.get(f"/imports/{first['id']}/errors.csv")
    corrected = answer.content.replace(b"N/A", b"10.00").replace(b"'+593", b"'+593991234567")

    second = await upload(client, corrected)
    await peers.settle()

    done = await state(client, second["id"])
    assert done["warnings"] == []
    assert (done["rows"], done["rows_refused"], done["status"]) == (5, 0, "finished")


async def test_no_cell_of_a_report_is_a_formula(client: httpx.AsyncClient, peers: Peers) -> None:
    evil = ['=HYPERLINK("http://x")', "+1+1", "-2", "@SUM(A1)"]
    rows = [
        row_of(n, customer_name=f'"{text.replace(chr(34), chr(34) * 2)}"', amount="x")
        for n, text in enumerate(evil)
    ]
    started = await upload(client, file_of(*rows, "=cmd|' /C calc'!A0"))
    await peers.settle()

    _, *lines = await report(client, started["id"])
    assert [line[4] for line in lines[:4]] == [f"'{text}" for text in evil]
    assert lines[4][3] == "'=cmd|' /C calc'!A0"
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]


async def test_a_report_is_written_with_the_delimiter_of_its_file(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    content = b"customer_ref;customer_name;email\nC-1;Ana, hija;x\n"
    started = await upload(client, content)
    await peers.settle()
    _, line = await report(client, started["id"], ";")
    assert line == ["2", "email", "email: 'x' is not an e-mail address", "C-1", "Ana, hija", "x"]


async def test_unreadable_lines_are_shown_as_far_as_possible(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    content = file_of(row_of(1)) + b'C-2,Pe\xf1a\n"C-3,open\nC-4\0,x\n'
    started = await upload(client, content)
    await peers.settle()
    _, *lines = await report(client, started["id"])
    assert [(line[0], line[3]) for line in lines] == [
        ("3", "C-2,Pe�a"),
        ("4", '"C-3,open'),
        ("5", "C-4\N{SYMBOL FOR NULL}"),
    ]


async def test_a_long_report_is_complete_and_in_order(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    rows = [row_of(n, amount="x", due_on="y", email="z") for n in range(1500)]
    started = await upload(client, file_of(*rows))
    await peers.settle()
    _, *lines = await report(client, started["id"])
    assert [int(line[0]) for line in lines] == list(range(2, 1502))
    assert all(line[2].count("; ") == 2 for line in lines)


async def test_a_file_refused_as_a_whole_has_a_report_too(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    started = await upload(client, b"")
    await peers.settle()
    assert await report(client, started["id"]) == [
        list(REPORT),
        ["1", "", "The file is empty."],
    ]


async def test_errors_come_in_pages_and_by_column_and_source(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    peers.refuse_debts = {2: "no"}
    rows = [row_of(1), *[row_of(n, amount="x", due_on="y") for n in range(2, 12)]]
    started = await upload(client, file_of(*rows))
    await peers.settle()

    path, seen, cursor = f"/imports/{started['id']}/errors", list[Any](), None
    while True:
        params = {"limit": "4", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(path, params=params)).json()
        seen += [(e["line"], e["column"]) for e in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [(2, "debt_ref"), *[(n, c) for n in range(3, 13) for c in ("amount", "due_on")]]
    by_column = (await client.get(path, params={"column": "amount"})).json()["items"]
    assert {e["column"] for e in by_column} == {"amount"}
    by_source = (await client.get(path, params={"source": "billing"})).json()["items"]
    assert [e["line"] for e in by_source] == [2]
    assert (await client.get(path, params={"source": "nobody"})).status_code == 422


async def test_imports_are_listed_latest_first_and_by_status(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    done = await upload(client, file_of(customer_only(1)), "b.csv")
    await peers.settle()
    failed = await upload(client, b"", "a.csv")
    await peers.settle()
    waiting = await upload(client, file_of(customer_only(2)), "c.csv")

    async def listed(**params: str) -> list[str]:
        answer = await client.get("/imports", params=params)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await listed() == [waiting["id"], failed["id"], done["id"]]
    assert await listed(sort="file_name") == [failed["id"], done["id"], waiting["id"]]
    assert await listed(status="finished") == [done["id"]]
    assert await listed(status="failed") == [failed["id"]]
    assert await listed(sort="-finished_at", limit="1") == [waiting["id"]]
    assert (await client.get("/imports", params={"sort": "digest"})).status_code == 400


async def test_an_import_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    missing = "01a1fc16-57d3-7707-b8a9-ae4396b47888"
    for path in ("", "/errors", "/errors.csv", "/events", "/file"):
        answer = await client.get(f"/imports/{missing}{path}")
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_template_can_be_uploaded_as_it_is(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    template = await client.get("/imports/template.csv")
    assert template.headers["content-type"] == "text/csv; charset=utf-8"
    started = await upload(client, template.content)
    await peers.settle()
    done = await state(client, started["id"])
    assert (done["status"], done["rows"], done["rows_refused"]) == ("finished", 2, 0)
    assert done["warnings"] == []
    assert await errors(client, started["id"]) == []


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        if "data" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


async def test_the_event_stream_tells_every_change_and_ends_with_the_import(
    client: httpx.AsyncClient, service: Running, peers: Peers, limits: Limits
) -> None:
    limits(page_rows=3, pages_in_flight=1, progress_seconds=0.02)
    started = await upload(client, file_of(*[row_of(n) for n in range(9)]))
    following = asyncio.create_task(client.get(f"/imports/{started['id']}/events"))
    await asyncio.sleep(0.3)
    for _ in range(3):
        await service.run_timer(read_imports)
        for _ in range(2):
            for event in await peers.take():
                await asyncio.sleep(0.1)
                await service.deliver(peers.answer(event))
    answer = await asyncio.wait_for(following, 10)

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = events_of(answer.text)
    assert [kind for kind, _ in events[:-1]] == ["progress"] * (len(events) - 1)
    assert events[0][1]["status"] == "uploaded"
    assert events[-1] == ("end", await state(client, started["id"]))
    percents = [shown["progress_percent"] for _, shown in events]
    assert percents == sorted(percents)
    assert len(set(percents)) > 3


async def test_the_event_stream_of_an_import_that_is_over_is_its_end(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    started = await upload(client, b"")
    await peers.settle()
    answer = await client.get(f"/imports/{started['id']}/events")
    assert [kind for kind, _ in events_of(answer.text)] == ["end"]


async def test_the_event_stream_is_not_for_strangers(service: Running) -> None:
    async with service.client() as caller:
        caller.headers.pop("Authorization")
        for path in ("", "/errors.csv", "/events"):
            answer = await caller.get(f"/imports/01a1fc16-57d3-7707-b8a9-ae4396b47888{path}")
            assert answer.status_code == 401
