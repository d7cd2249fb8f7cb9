"""A file of 100 000 rows: from the upload until every service holds what it says."""

import asyncio
import csv
import io
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from benchmarks.naive.operations import take_in_row
from benchmarks.naive.world import world
from benchmarks.report import Result
from benchmarks.rig import Rig, running_rig, say
from services.ingestion.imports.columns import COLUMNS
from services.ingestion.portfolio import Portfolio, Summary

SMALL_SHARE: Final = 10


async def measure(*, quick: bool) -> list[Result]:
    """Import a small file, then the whole; the memory of ingestion's worker after each."""
    rows, of_naive = (10_000, 500) if quick else (100_000, 3_000)
    text, summary = _file(rows)
    async with running_rig() as rig:
        small_text, small_summary = _file(rows // SMALL_SHARE, seed=8)
        say(f"a small file of {rows // SMALL_SHARE} rows")
        await _import(rig, small_text, small_summary, Summary())
        before = _peak_mib(rig, "ingestion-worker")
        say(f"{rows} rows")
        hops = await _import(rig, text, summary, small_summary)
        after = _peak_mib(rig, "ingestion-worker")
        limit = await _copy(rig, text)
    say("naive")
    slow = await _naive(text, of_naive)
    value = rows / hops["everywhere_s"]
    return [
        Result(
            name="import",
            unit="rows/s",
            value=value,
            target=">= 5 000 rows/s, >= 20 x naive, memory flat",
            limit=rows / limit,
            limit_is="COPY of the file into one table",
            ratio_to_limit=value * limit / rows,
            naive=slow,
            naive_is="one ORM transaction per row in one database, nothing projected",
            ratio_to_naive=value / slow,
            reached=value >= 5000 and value >= 20 * slow and after < before + 60,
            sizes={"rows": rows, "bytes": len(text), "debts": summary.debts},
            detail={
                **hops,
                "worker_peak_mib_after_a_tenth": before,
                "worker_peak_mib_after_all": after,
            },
        )
    ]


def _file(rows: int, seed: int = 7) -> tuple[bytes, Summary]:
    out = io.StringIO()
    summary = Portfolio(rows=rows, seed=seed).write(out)
    text = out.getvalue()
    if seed != 7:  # customers of its own
        text = re.sub(r"\bC-(\d{6})", r"S-\1", text)
        drop = COLUMNS.index("national_id")
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        for at, row in enumerate(csv.reader(io.StringIO(text))):
            writer.writerow([*row[:drop], row[drop] if at == 0 else "", *row[drop + 1 :]])
        text = written.getvalue()
    return text.encode(), summary


async def _import(rig: Rig, text: bytes, of: Summary, already: Summary) -> dict[str, float]:
    """Seconds from the upload's start until each hop is through."""
    debts, customers = already.debts + of.debts, already.customers + of.customers
    began = time.perf_counter()
    waiting = {
        "customers_applied_s": rig.until("customers", "SELECT count(*) FROM customer", customers),
        "billing_applied_s": rig.until("billing", "SELECT count(*) FROM invoice", debts),
        "payments_projected_s": rig.until("payments", "SELECT count(*) FROM receivable", debts),
        "collections_projected_s": rig.until("collections", "SELECT count(*) FROM debt", debts),
        "job_finished_s": _job(rig, text, of.rows),
    }
    ended = await asyncio.gather(*waiting.values())
    hops = {name: at - began for name, at in zip(waiting, ended, strict=True)}
    return hops | {"everywhere_s": max(hops.values())}


async def _job(rig: Rig, text: bytes, rows: int) -> float:
    job = await rig.api.post("/imports", files={"file": ("portfolio.csv", text, "text/csv")})
    while job["status"] not in {"finished", "failed"}:
        await asyncio.sleep(0.1)
        job = await rig.api.get(f"/imports/{job['id']}")
    assert (job["status"], job["rows_refused"]) == ("finished", 0), job
    return time.perf_counter()


def _peak_mib(rig: Rig, process: str) -> float:
    """The most memory a process has had resident, in MiB."""
    status = Path(f"/proc/{rig.stack.processes[process].pid}/status")
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", status.read_text())
        if found:
            return int(found[1]) / 1024
    return 0.0


async def _copy(rig: Rig, text: bytes) -> float:
    """Seconds to COPY the file as it is into one table."""
    columns = ", ".join(f"{name} text" for name in COLUMNS)
    async with await psycopg.AsyncConnection.connect(
        rig.stack.superuser_urls["ingestion"], autocommit=True
    ) as connection:
        await connection.execute(f"CREATE TABLE bench_copy ({columns})".encode())
        began = time.perf_counter()
        async with (
            connection.cursor() as cursor,
            cursor.copy("COPY bench_copy FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            await copy.write(text)
        return time.perf_counter() - began


async def _naive(text: bytes, rows: int) -> float:
    """Rows per second of the first `rows` rows, each in an ORM transaction of its own."""
    async with world() as naive:
        url = naive.urls["customers"].replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_async_engine(url)
        reader = csv.DictReader(io.StringIO(text.decode()))
        taken = [row for row, _ in zip(reader, range(rows), strict=False)]
        began = time.perf_counter()
        for row in taken:
            async with AsyncSession(engine) as session, session.begin():
                await take_in_row(session, row)
        took = time.perf_counter() - began
        await engine.dispose()
    return rows / took
