"""A statement of a customer with 60 invoices, and of an organization with 100 000.

The limit is the service's own SQL on a bare connection; the naive way loads the same rows as
objects, customer by customer, and adds them up.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.report import Result, percentile
from benchmarks.rig import Rig, running_rig, say
from services.billing.invoices.model import Invoice
from services.billing.statements import store
from services.billing.statements.rules import Scope
from shared.db import Database

OF_ONE: Final = 60
REPEATS: Final = 60
CUSTOMER: Final = "md5('statement' || {})::uuid"
# Customer 0 has 60 invoices, the others four each; three of four are paid, each by its own payment.
SEED: Final = (
    f"""
INSERT INTO customer (id, organization_id, version, name, active)
SELECT {CUSTOMER.format("n")}, %(org)s, 1, 'Customer ' || n, true
FROM generate_series(0, %(invoices)s::int / 4) AS n""",
    f"""
INSERT INTO invoice (id, organization_id, customer_id, document, series, sequence, number, currency,
    subtotal_minor, tax_minor, total_minor, issued_on, issued_at, due_on)
SELECT md5('bill' || n)::uuid, %(org)s,
       {CUSTOMER.format(f"CASE WHEN n <= {OF_ONE} THEN 0 ELSE 1 + n / 4 END")}, 'issued', 'S', n,
       'S-' || lpad(n::text, 8, '0'), 'USD', 2500, 0, 2500, %(today)s::date - n %% 360,
       now() - n %% 360 * interval '1 day', %(today)s::date - n %% 360 + 15
FROM generate_series(1, %(invoices)s::int) AS n""",
    """
INSERT INTO money_movement (id, organization_id, customer_id, payment_id, kind, amount_minor,
    currency, method, moved_on, recorded_at)
SELECT md5('money' || id)::uuid, organization_id, customer_id, md5('money' || id)::uuid, 'payment',
       total_minor, 'USD', 'cash', issued_on, issued_at
FROM invoice WHERE organization_id = %(org)s AND sequence %% 4 <> 0""",
    """
INSERT INTO allocation (id, organization_id, invoice_id, customer_id, payment_id, amount_minor,
    received_on, recorded_on, recorded_at)
SELECT md5('put' || id)::uuid, organization_id, id, customer_id, md5('money' || id)::uuid,
       total_minor, issued_on, issued_on, issued_at
FROM invoice WHERE organization_id = %(org)s AND sequence %% 4 <> 0""",
)


async def measure(*, quick: bool) -> list[Result]:
    """Both statements, on the same data."""
    invoices = 5_000 if quick else 100_000
    async with running_rig() as rig:
        say(f"seeding {invoices} invoices")
        today = (await rig.api.get(f"/organizations/{rig.organization_id}/clock"))["today"]
        await _seed(rig, invoices, today)
        one = await rig.scalar("billing", f"SELECT {CUSTOMER.format(0)}")
        until = date.fromisoformat(today)
        database = await Database.open(
            rig.stack.database_urls["billing"]["worker"], application="statement", size=1
        )
        try:
            return [
                await _of_customer(rig, database, one, until),
                await _of_organization(rig, database, invoices, until),
            ]
        finally:
            await database.close()


async def _seed(rig: Rig, invoices: int, today: str) -> None:
    names = {"org": rig.organization_id, "invoices": invoices, "today": today}
    async with await psycopg.AsyncConnection.connect(
        rig.stack.superuser_urls["billing"], autocommit=True, row_factory=dict_row
    ) as connection:
        for statement in SEED:
            await connection.execute(statement.encode(), names)
        await connection.execute("VACUUM (ANALYZE)")


async def _timed(work: Callable[[], Awaitable[Any]], repeats: int) -> list[float]:
    """Milliseconds of each of so many runs, after a warm one."""
    samples = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        await work()
        samples.append((time.perf_counter() - began) * 1000)
    return samples[1:]


async def _of_customer(rig: Rig, database: Database, one: UUID, until: date) -> Result:
    say("customer")
    scope = Scope(rig.organization_id, one, "USD", None, until, None)

    async def bare() -> None:
        async with database.transaction(None) as tx:
            found = await store.whole(tx, scope, 101)
            assert found.sums.invoices == OF_ONE

    path = f"/customers/{one}/statement"
    api = await _timed(lambda: rig.api.get(path, params={"limit": 100}), REPEATS)
    limit = await _timed(bare, REPEATS)
    naive = await _timed(lambda: _naive(database, rig.organization_id, [one]), 5)
    return _result("statement-customer", "ms", api, limit, naive, {"invoices": OF_ONE}, target=50)


async def _of_organization(rig: Rig, database: Database, invoices: int, until: date) -> Result:
    say("organization")
    scope = Scope(rig.organization_id, None, "USD", None, until, None)

    async def bare() -> None:
        async with database.transaction(None) as tx:
            found = await store.whole(tx, scope, 51)
            assert found.sums.invoices == invoices

    async def sample() -> None:
        await _naive(database, rig.organization_id, customers)

    async with database.transaction(None) as tx:
        cursor = await tx.execute(
            "SELECT id FROM customer WHERE organization_id = %s ORDER BY id LIMIT 200",
            (rig.organization_id,),
        )
        customers = [row["id"] for row in await cursor.fetchall()]
    api = await _timed(lambda: rig.api.get("/statement"), 5)
    limit = await _timed(bare, 5)
    share = (invoices / 4) / len(customers)
    naive = [each * share for each in await _timed(sample, 1)]
    csv = await _timed(lambda: rig.api.get("/statement/invoices", params={"limit": 500}), 3)
    result = _result(
        "statement-organization", "ms", api, limit, naive, {"invoices": invoices}, target=5000
    )
    result.detail["invoices_page_ms"] = percentile(csv, 0.5)
    return result


def _result(
    name: str,
    unit: str,
    api: list[float],
    limit: list[float],
    naive: list[float],
    sizes: dict[str, int],
    *,
    target: float,
) -> Result:
    value = percentile(api, 0.5)
    return Result(
        name=name,
        unit=unit,
        value=value,
        target=f"< {target:.0f} ms through the gateway, and less than the naive way",
        p50=value,
        p99=percentile(api, 0.99),
        limit=percentile(limit, 0.5),
        limit_is="the same statement on a bare connection",
        ratio_to_limit=percentile(limit, 0.5) / value,
        naive=percentile(naive, 0.5),
        naive_is="ORM objects, customer by customer, added up in Python",
        ratio_to_naive=percentile(naive, 0.5) / value,
        reached=value < min(target, percentile(naive, 0.5)),
        sizes=dict(sizes),
    )


async def _naive(database: Database, organization_id: UUID, customers: list[UUID]) -> int:
    """What customers owe, by objects: their invoices, and for each what was put against it."""
    owed = 0
    async with AsyncSession(database.engine) as session:
        for customer_id in customers:
            query = select(Invoice).where(
                Invoice.organization_id == organization_id, Invoice.customer_id == customer_id
            )
            for invoice in await session.scalars(query):
                paid = await session.scalar(
                    text(
                        "SELECT coalesce(sum(amount_minor), 0) FROM allocation"
                        " WHERE organization_id = :org AND customer_id = :customer"
                        " AND invoice_id = :id"
                    ),
                    {"org": organization_id, "customer": customer_id, "id": invoice.id},
                )
                owed += invoice.total_minor - int(paid or 0)
    return owed


if __name__ == "__main__":
    asyncio.run(measure(quick=True))
