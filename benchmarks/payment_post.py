"""POST /payments at concurrency 16: direct, through the gateway, the naive endpoint, pgbench."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import aiohttp
import psycopg

from benchmarks.client import Posted, post_all
from benchmarks.naive.world import World, world
from benchmarks.report import Result, percentile
from benchmarks.rig import Rig, running_rig, say
from deploy.local.ports import free_port
from services.payments.payments import statements

LANES: Final = 16
RIVALS: Final = 32
WARM_UP: Final = 300


async def measure(*, quick: bool) -> list[Result]:
    """Ours and the naive endpoint in turn, so that both meet the same machine."""
    count = 1_500 if quick else 6_000
    async with running_rig() as rig, world() as naive:
        await naive.seed(count + WARM_UP, "active")
        say("importing receivables")
        await rig.import_debts(3 * count + 2 * WARM_UP + 1, "post")
        for name in ("billing-worker", "ingestion-worker", "ingestion-api", "customers-worker"):
            await rig.stack.stop(name)
        await rig.stack.stop("collections-worker")
        await rig.stack.stop("payments-worker")
        ids = [invoice for invoice, _ in await rig.invoices()]
        await _contended(rig, ids.pop())
        say("direct, through the gateway, naive, pgbench")
        direct = await _ours(rig, rig.stack.service_urls["payments"], _take(ids, count + WARM_UP))
        gateway = await _ours(rig, f"{rig.stack.gateway_url}/api/v1", _take(ids, count + WARM_UP))
        slow = await _naive(naive, count + WARM_UP)
        bench = await _pgbench(rig, ids)
    return [_result(count, direct, gateway, slow, bench)]


def _result(count: int, direct: Posted, gateway: Posted, slow: Posted, bench: float) -> Result:
    value, through, naive = (count / one.seconds for one in (direct, gateway, slow))
    return Result(
        name="payment-post",
        unit="payments/s",
        value=value,
        target=">= 4 x naive direct, >= 2.5 x naive through the gateway",
        p50=percentile(direct.milliseconds, 0.5),
        p99=percentile(direct.milliseconds, 0.99),
        limit=bench,
        limit_is="the same statement by pgbench, as many clients, one payment per transaction",
        ratio_to_limit=value / bench,
        naive=naive,
        naive_is="FastAPI and ORM: select for update, insert, update, commit",
        ratio_to_naive=value / naive,
        reached=value >= 4 * naive and through >= 2.5 * naive,
        sizes={"payments": count, "concurrency": LANES},
        detail={
            "through_gateway_per_s": through,
            "through_gateway_ratio_to_naive": through / naive,
            "through_gateway_p50_ms": percentile(gateway.milliseconds, 0.5),
            "through_gateway_p99_ms": percentile(gateway.milliseconds, 0.99),
            "naive_p50_ms": percentile(slow.milliseconds, 0.5),
            "naive_p99_ms": percentile(slow.milliseconds, 0.99),
            "contention": f"{RIVALS} full payments of one invoice at once: exactly one accepted",
        },
    )


def _take(ids: list[UUID], count: int) -> list[UUID]:
    taken, ids[:] = ids[:count], ids[count:]
    return taken


async def _ours(rig: Rig, base: str, ids: Sequence[UUID]) -> Posted:
    headers = {"Authorization": f"Bearer {rig.token}"}
    bodies = [_body(id_) for id_ in ids]
    await _accepted(f"{base}/payments", headers, bodies[:WARM_UP])
    return await _accepted(f"{base}/payments", headers, bodies[WARM_UP:])


def _body(invoice_id: UUID) -> dict[str, Any]:
    return {"invoice_id": str(invoice_id), "amount": {"amount": "10.00"}, "method": "cash"}


async def _accepted(url: str, headers: dict[str, str], bodies: list[dict[str, Any]]) -> Posted:
    posted = await post_all(url, headers, bodies, LANES)
    assert posted.statuses == {"201": len(bodies)}, posted.statuses
    return posted


async def _contended(rig: Rig, invoice_id: UUID) -> None:
    """Many pay one invoice at once: one is accepted, the others are refused."""
    headers = {"Authorization": f"Bearer {rig.token}"}
    url = f"{rig.stack.service_urls['payments']}/payments"
    posted = await post_all(url, headers, [_body(invoice_id)] * RIVALS, RIVALS)
    assert posted.statuses == {"201": 1, "409": RIVALS - 1}, posted.statuses


async def _naive(naive: World, count: int) -> Posted:
    async with await psycopg.AsyncConnection.connect(naive.urls["payments"]) as connection:
        cursor = await connection.execute("SELECT id FROM naive_invoice ORDER BY id")
        ids = [row[0] for row in await cursor.fetchall()][:count]
    bodies = [{"invoice_id": str(id_), "amount_minor": 1000} for id_ in ids]
    async with _naive_api(naive) as url:
        await _accepted(f"{url}/payments", {}, bodies[:WARM_UP])
        return await _accepted(f"{url}/payments", {}, bodies[WARM_UP:])


@asynccontextmanager
async def _naive_api(naive: World) -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "uvicorn", "benchmarks.naive.api:app", "--port", str(port)),
        *("--log-level", "warning", "--no-access-log"),
        env=os.environ | {"NAIVE_DATABASE": naive.urls["payments"]},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _answers(f"{url}/openapi.json")
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as client:
        for _ in range(300):
            try:
                async with client.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    raise TimeoutError(url)


PREPARE: Final = """
CREATE TABLE bench_invoice (n int PRIMARY KEY, invoice_id uuid NOT NULL);
CREATE SEQUENCE bench_next;
CREATE FUNCTION bench_ask() RETURNS json LANGUAGE sql VOLATILE AS $ask$
    SELECT json_build_array(json_build_object(
        'allocation_id', gen_random_uuid(), 'invoice_id', invoice_id,
        'payment_id', gen_random_uuid(), 'amount_minor', 1000, 'currency', 'USD', 'exponent', 2,
        'amount', '10.00', 'method', 'cash', 'credit_surplus', false,
        'key', gen_random_uuid(), 'fingerprint', '\\x00'))
    FROM bench_invoice WHERE n = (SELECT nextval('bench_next'))
$ask$;
GRANT SELECT ON bench_invoice TO payments_api, payments_worker;
GRANT USAGE ON SEQUENCE bench_next TO payments_api;
"""


async def _pgbench(rig: Rig, ids: Sequence[UUID]) -> float:
    """Payments per second by pgbench; every one of `ids` is paid once."""
    async with await psycopg.AsyncConnection.connect(
        rig.stack.superuser_urls["payments"], autocommit=True
    ) as admin:
        await admin.execute(PREPARE.encode())
        async with (
            admin.cursor() as cursor,
            cursor.copy("COPY bench_invoice FROM STDIN") as copy,
        ):
            for at, id_ in enumerate(ids, start=1):
                await copy.write_row((at, id_))
        await admin.execute("ANALYZE bench_invoice")
    script = rig.stack.state_dir / "payment.sql"
    script.write_text(_script(rig.organization_id))
    each = len(ids) // LANES
    process = await asyncio.create_subprocess_exec(
        *("pgbench", "-n", "-M", "prepared", "-c", str(LANES), "-j", "1", "-t", str(each)),
        *("-f", str(script), rig.stack.database_urls["payments"]["api"]),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    found = re.search(rb"tps = ([\d.]+)", said)
    assert process.returncode == 0, said
    assert found is not None, said
    paid = await rig.scalar(
        "payments",
        "SELECT count(*) FROM bench_invoice JOIN receivable"
        " USING (invoice_id) WHERE open_minor = 0",
    )
    assert paid == each * LANES, paid
    return float(found[1])


def _script(organization_id: UUID) -> str:
    """The payments service's own statement with its parameters put in."""
    scope = statements.SCOPE.decode().strip().replace("$1", f"'{organization_id}'")
    pay = statements.PAY_INVOICES.decode().strip()
    for name, value in {
        "$1::json": "(SELECT bench_ask())",
        "$2": f"'{organization_id}'",
        "$3": "now()",
        "$4": "now()",
    }.items():
        pay = pay.replace(name, value)
    pay = "\n".join(line for line in pay.splitlines() if line.strip())
    return f"\\startpipeline\n{scope};\n{pay};\n\\endpipeline\n"
