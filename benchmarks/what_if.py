"""A policy tried over a year that a hundred thousand customers have behind them.

Each customer has a line and twelve invoices. Of twenty customers twelve have paid every
invoice on its day, five up to three weeks late, two after six weeks, and one owes the last
three. Whoever was more than five days late had been suspended, so that there is something
to compare with.
"""

import time
from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from benchmarks.naive.what_if import tried_day_by_day
from benchmarks.policy import DOCUMENT
from benchmarks.report import Result
from benchmarks.rig import Rig, running_rig, say
from services.collections.whatif.timers import run_what_ifs
from shared.db import Database

MONTHS: Final = 12
PAST: Final = """
(SELECT n, k, md5('customer' || n)::uuid AS customer_id, md5('line' || n)::uuid AS line_id,
        md5('invoice' || n || '-' || k)::uuid AS invoice_id, due_on,
        CASE WHEN n % 20 < 12 THEN due_on
             WHEN n % 20 < 17 THEN due_on + 3 + (n + k) % 18
             WHEN n % 20 < 19 OR k > 3 THEN due_on + 45
             ELSE 'infinity' END AS paid_on
 FROM generate_series(1, :customers) AS n, generate_series(1, :months) AS k,
      LATERAL (SELECT :today - 30 * k - n % 15 AS due_on) AS due) AS past"""
SEEDS: Final = (
    """
INSERT INTO customer (id, organization_id, name, active, version, tags)
SELECT md5('customer' || n)::uuid, :org, 'Customer ' || n, true, 1,
       CASE WHEN n % 10 = 0 THEN ARRAY['gold'] ELSE '{}' END
FROM generate_series(1, :customers) AS n""",
    """
INSERT INTO line (line_id, organization_id, customer_id, number, status, non_payment,
                  generation, version, plan_name, installed_on)
SELECT md5('line' || n)::uuid, :org, md5('customer' || n)::uuid, 1, 'active', false, 0, 1,
       'Fibra 300', :today - 500
FROM generate_series(1, :customers) AS n""",
    f"""
INSERT INTO debt (invoice_id, organization_id, customer_id, line_id, number, currency,
                  total_minor, due_on, issued_on, invoice_version, allocated_minor,
                  receivable_version)
SELECT invoice_id, :org, customer_id, line_id, 'B-' || n || '-' || k, 'USD', 2500, due_on,
       due_on - 15, 1, CASE WHEN paid_on <= :today THEN 2500 ELSE 0 END,
       CASE WHEN paid_on <= :today THEN 2 ELSE 1 END
FROM {PAST}""",
    f"""
INSERT INTO debt_change (organization_id, invoice_id, kind, version, settled_minor, on_day)
SELECT :org, invoice_id, 'allocated', 2, 2500, paid_on FROM {PAST} WHERE paid_on <= :today""",
    f"""
INSERT INTO decision (id, organization_id, line_id, customer_id, policy_version, today,
                      organization_clock, line_status, was_suspended, debts, conditions, outcome,
                      generation, cause_type, decided_at)
SELECT md5('decision' || n || '-' || k)::uuid, :org, line_id, customer_id, 1, due_on + 6,
       due_on + 6, 'active', false, '[]', '{{}}', 'suspend', k, 'seed', due_on + 6
FROM {PAST} WHERE paid_on > due_on + 6 AND due_on + 6 <= :today""",
)
# What any way must do: find what was settled of each debt, and write what came of it.
JOIN: Final = """
SELECT count(*), sum(settled_minor) FROM debt LEFT JOIN debt_change USING (invoice_id)
WHERE debt.organization_id = %s
"""
WRITE: Final = "CREATE TABLE step_again AS SELECT * FROM what_if_step"


async def measure(*, quick: bool) -> list[Result]:
    """Customers a second that a what-if over a year looks at."""
    customers, of_naive = (2_000, 20) if quick else (100_000, 200)
    async with running_rig() as rig:
        made = await rig.api.post(
            "/collections/policies", json={"name": "Benchmark", "document": DOCUMENT}
        )
        for name in [name for name in rig.stack.processes if name.endswith("-worker")]:
            await rig.stack.stop(name)
        say(f"seeding {customers} customers, {customers * MONTHS} invoices")
        today = await _seed(rig, customers)
        asked = await rig.api.post("/collections/what-ifs", json={"policy_id": made["id"]})
        database = await Database.open(
            rig.stack.database_urls["collections"]["worker"],
            application="what-if",
            size=2,
            custom_plans=True,
        )
        try:
            began = time.perf_counter()
            await run_what_ifs(database)
            took = time.perf_counter() - began
            say("naive")
            slow = await tried_day_by_day(database, rig.organization_id, today, of_naive)
        finally:
            await database.close()
        found = await rig.api.get(f"/collections/what-ifs/{asked['id']}")
        assert (found["status"], found["customers_done"]) == ("finished", customers), found
        least = await _least(rig)
    return [_result(customers, took, least, slow, found["summary"])]


def _result(
    customers: int, took: float, least: float, slow: float, summary: list[dict[str, Any]]
) -> Result:
    rate = customers / took
    return Result(
        name="what-if",
        unit="customers/s",
        value=rate,
        target="100 000 customers and 12 months in minutes, >= 20 x naive",
        limit=customers / least,
        limit_is="two statements: the debts joined with their changes, the same steps written",
        ratio_to_limit=least / took,
        naive=slow,
        naive_is="each customer in an ORM transaction, each day of the year judged",
        ratio_to_naive=rate / slow,
        reached=took * 100_000 / customers < 600 and rate >= 20 * slow,
        sizes={"customers": customers, "invoices": customers * MONTHS, "months": MONTHS},
        detail={"seconds": took, "summary": summary},
    )


async def _seed(rig: Rig, customers: int) -> date:
    """Write the year; the organization's today."""
    clock = await rig.api.get(f"/organizations/{rig.organization_id}/clock")
    words = {
        ":org": f"'{rig.organization_id}'::uuid",
        ":customers": str(customers),
        ":months": str(MONTHS),
        ":today": f"'{clock['today']}'::date",
    }
    async with await psycopg.AsyncConnection.connect(
        rig.stack.superuser_urls["collections"], autocommit=True
    ) as admin:
        await admin.execute("SET session_replication_role = replica")
        for sql in SEEDS:
            for word, value in words.items():
                sql = sql.replace(word, value)
            await admin.execute(sql.encode())
        await admin.execute("VACUUM (ANALYZE)")
        await admin.execute("CHECKPOINT")
    return date.fromisoformat(clock["today"])


async def _least(rig: Rig) -> float:
    """Seconds of what no way can do without."""
    url = rig.stack.superuser_urls["collections"]
    organization_id: UUID = rig.organization_id
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, row_factory=tuple_row
    ) as admin:
        began = time.perf_counter()
        await (await admin.execute(JOIN, (organization_id,))).fetchall()
        await admin.execute(WRITE)
        return time.perf_counter() - began
