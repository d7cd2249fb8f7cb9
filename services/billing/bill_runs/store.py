"""The SQL of bill runs: their progress, and the invoices of a page in a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.billing.bill_runs.charges import charged_json
from services.billing.bill_runs.rules import Bill
from services.billing.bill_runs.subjects import FIRST, Place, Selection
from services.billing.categories import store as categories_store
from services.billing.invoices.rules import Priced, Totals
from services.billing.numbering.rules import Number
from services.billing.proration.rules import Billed, Subject
from shared import clock
from shared.db import Connection, json_rows

WAKE: Final = "SELECT pg_notify('duesline_timer', 'bill-runs')"
START: Final = """
INSERT INTO bill_run (id, organization_id, period_from, period_to, plan_ids, customer_id, automatic,
    currency, expected, created_by, created_at)
VALUES (%(id)s, %(organization_id)s, %(period_from)s, %(period_to)s, %(plan_ids)s::uuid[],
    %(customer_id)s, %(automatic)s, %(currency)s, %(expected)s, %(created_by)s, %(created_at)s)
ON CONFLICT (organization_id) WHERE state IN ('queued', 'running') DO NOTHING
"""
FIRST_DUE: Final = """
SELECT min(bills_on) AS first FROM subscription
WHERE organization_id = %s AND bills_on <= %s
"""
OPEN: Final = """
SELECT id, organization_id FROM bill_run WHERE state IN ('queued', 'running') ORDER BY created_at
"""
LOCK: Final = """
SELECT id, organization_id, period_from, period_to, plan_ids, customer_id, state, currency,
    invoices, failed, total_minor, after_on, after_id
FROM bill_run WHERE id = %s AND organization_id = %s FOR UPDATE
"""
MOVE: Final = """
UPDATE bill_run SET
    state = CASE WHEN %(over)s THEN 'finished' ELSE 'running' END,
    examined = examined + %(examined)s, invoices = invoices + %(invoices)s,
    skipped = skipped + %(skipped)s, failed = failed + %(failed)s,
    total_minor = total_minor + %(total_minor)s, after_on = %(after_on)s, after_id = %(after_id)s,
    started_at = coalesce(started_at, %(now)s), worked_at = %(now)s,
    finished_at = CASE WHEN %(over)s THEN %(now)s::timestamptz END
WHERE id = %(id)s
RETURNING invoices, failed, total_minor
"""
CANCEL: Final = """
UPDATE bill_run SET state = 'cancelled', finished_at = %s WHERE id = %s
"""
INVOICES: Final = """
WITH made AS (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS r(
        id uuid, customer_id uuid, line_id uuid, sequence bigint, number text, net bigint,
        tax bigint, total bigint, items json)
), invoices AS (
    INSERT INTO invoice (id, organization_id, customer_id, line_id, document, series, sequence,
        number, currency, subtotal_minor, tax_minor, total_minor, issued_on, issued_at, due_on,
        recurring)
    SELECT id, %(organization_id)s, customer_id, line_id, 'issued', %(series)s, sequence, number,
        %(currency)s, net, tax, total, %(issued_on)s::date, %(now)s::timestamptz, %(due_on)s::date,
        true
    FROM made
)
INSERT INTO invoice_item (organization_id, invoice_id, position, description, quantity,
    unit_price_minor, tax_rate, tax_category, price_includes_tax, category_id, net_minor, tax_minor)
SELECT %(organization_id)s, m.id, i.position, i.description, i.quantity, i.unit_price, i.tax_rate,
    i.tax_category, i.includes, coalesce(i.category_id, %(category_id)s), i.net, i.tax
FROM made AS m, json_to_recordset(m.items) AS i(
    position int, description text, quantity numeric, unit_price bigint, tax_rate numeric,
    tax_category text, includes boolean, category_id uuid, net bigint, tax bigint)
"""
PERIODS: Final = """
INSERT INTO subscription_period (organization_id, id, subscription_id, period_start, period_end,
    outcome, invoice_id, bill_run_id, total_minor, charges, carried, setup)
SELECT %s, id, subscription_id, period_start, period_end, outcome, invoice_id, %s, total, charges,
    carried, setup
FROM json_to_recordset(%s::json) AS r(id uuid, subscription_id uuid, period_start date,
    period_end date, outcome text, invoice_id uuid, total bigint, charges jsonb, carried jsonb,
    setup boolean)
"""
# Periods that were to be billed again have been: they are among those just stored.
AGAIN: Final = """
UPDATE subscription_period AS p SET again_on = NULL
FROM json_to_recordset(%s::json) AS r(subscription_id uuid, period_start date)
WHERE p.subscription_id = r.subscription_id AND p.period_start = r.period_start
  AND p.again_on IS NOT NULL
"""
AMEND: Final = """
UPDATE subscription_period AS p SET charges = r.charges
FROM json_to_recordset(%s::json) AS r(subscription_id uuid, period_start date, charges jsonb)
WHERE p.subscription_id = r.subscription_id AND p.period_start = r.period_start
  AND p.outcome <> 'voided' AND p.period_end > p.period_start
"""
ADVANCE: Final = """
UPDATE subscription AS s SET next_start = r.next_start, bills_on = r.bills_on,
    look_back_from = r.look_back_from, setup_due = r.setup_due, again_on = r.again_on,
    credit_on = r.credit_on, updated_at = %s
FROM json_to_recordset(%s::json) AS r(id uuid, next_start date, bills_on date,
    look_back_from date, setup_due boolean, again_on date, credit_on date)
WHERE s.id = r.id
"""
FAILURES: Final = """
INSERT INTO bill_run_failure (organization_id, bill_run_id, subscription_id, period_start, code,
    message)
SELECT %s, %s, id, period_start, code, message
FROM json_to_recordset(%s::json) AS r(id uuid, period_start date, code text, message text)
ON CONFLICT DO NOTHING
"""
DAILY: Final = """
SELECT t.organization_id
FROM billing_terms AS t JOIN organization AS o ON o.id = t.organization_id
WHERE t.auto_bill AND o.active AND coalesce(t.billed_through, '-infinity') <
    ((%s + make_interval(secs => o.clock_offset_seconds)) AT TIME ZONE o.time_zone)::date
"""
BILLED_THROUGH: Final = """
UPDATE billing_terms SET billed_through = %s WHERE organization_id = %s
"""
COUNTS: Final = """
SELECT
    (SELECT count(*) FROM subscription
     WHERE organization_id = %(organization_id)s AND bills_on < %(period_from)s) AS behind,
    (SELECT count(*) FROM subscription AS s JOIN line AS l ON l.id = s.line_id
     WHERE s.organization_id = %(organization_id)s AND s.bills_on <= %(period_to)s
       AND l.status = 'not_installed') AS not_installed,
    (SELECT count(*) FROM line AS l
     WHERE l.organization_id = %(organization_id)s AND l.status IN ('active', 'suspended')
       AND NOT EXISTS (SELECT FROM subscription AS s
                       WHERE s.line_id = l.id AND s.status <> 'cancelled')) AS not_subscribed
"""


@dataclass(frozen=True, slots=True)
class RunState:
    """A run that is locked: what it is about and how far it is."""

    id: UUID
    selection: Selection
    state: str
    currency: str
    after: Place


@dataclass(frozen=True, slots=True)
class Made:
    """An invoice about to be issued."""

    id: UUID
    subject: Subject
    number: Number
    items: Sequence[Priced]
    totals: Totals


@dataclass(frozen=True, slots=True)
class Progress:
    """What a page adds to its run."""

    examined: int = 0
    invoices: int = 0
    skipped: int = 0
    failed: int = 0
    total_minor: int = 0


async def start(tx: Connection, facts: dict[str, Any]) -> bool:
    """Store a run; False when one of the organization is going on."""
    return (await tx.execute(START, facts)).rowcount == 1


async def first_due(tx: Connection, organization_id: UUID, upto: date) -> date | None:
    """The first day on which something is to be billed; None when nothing is, up to a day."""
    row = await (await tx.execute(FIRST_DUE, (organization_id, upto))).fetchone()
    return row["first"] if row else None


async def open_runs(tx: Connection) -> list[tuple[UUID, UUID]]:
    """The runs that are not over, with their organizations, the oldest first."""
    return [
        (row["id"], row["organization_id"]) for row in await (await tx.execute(OPEN)).fetchall()
    ]


async def lock(tx: Connection, organization_id: UUID, run_id: UUID) -> RunState | None:
    """A run, to be moved on or cancelled; None when there is none."""
    row = await (await tx.execute(LOCK, (run_id, organization_id))).fetchone()
    if row is None:
        return None
    selection = Selection(
        row["organization_id"],
        row["period_from"],
        row["period_to"],
        row["plan_ids"],
        row["customer_id"],
    )
    after = Place(row["after_on"], row["after_id"]) if row["after_id"] else FIRST
    return RunState(row["id"], selection, row["state"], row["currency"], after)


async def move(
    tx: Connection, run_id: UUID, after: Place, progress: Progress, *, over: bool
) -> dict[str, Any]:
    """Count a page; the run's sums after it."""
    names = {
        "id": run_id,
        "over": over,
        "after_on": after.on,
        "after_id": after.id,
        "examined": progress.examined,
        "invoices": progress.invoices,
        "skipped": progress.skipped,
        "failed": progress.failed,
        "total_minor": progress.total_minor,
        "now": clock.now(),
    }
    row = await (await tx.execute(MOVE, names)).fetchone()
    assert row is not None
    return row


async def cancel(tx: Connection, run_id: UUID) -> None:
    """End a run where it is."""
    await tx.execute(CANCEL, (clock.now(), run_id))


async def issue(
    tx: Connection, run: RunState, made: Sequence[Made], issued_on: date, due_on: date
) -> None:
    """Store invoices, issued, with their items."""
    if not made:
        return
    rows = [
        {
            "id": each.id,
            "customer_id": each.subject.customer_id,
            "line_id": each.subject.line_id,
            "sequence": each.number.sequence,
            "number": each.number.text,
            "net": each.totals.subtotal_minor,
            "tax": each.totals.tax_minor,
            "total": each.totals.total_minor,
            "items": [_item(at, item) for at, item in enumerate(each.items, start=1)],
        }
        for each in made
    ]
    names = {
        "rows": json_rows(rows),
        "organization_id": run.selection.organization_id,
        "series": made[0].number.series,
        "currency": run.currency,
        "issued_on": issued_on,
        "due_on": due_on,
        "category_id": await categories_store.default(tx, run.selection.organization_id),
        "now": clock.now(),
    }
    await tx.execute(INVOICES, names)


def _item(position: int, item: Priced) -> dict[str, Any]:
    charge = item.charge
    return {
        "position": position,
        "description": charge.description,
        "quantity": str(charge.quantity),
        "unit_price": charge.unit_price_minor,
        "tax_rate": str(charge.tax_rate),
        "tax_category": charge.tax_category,
        "includes": charge.price_includes_tax,
        "category_id": charge.category_id,
        "net": item.net_minor,
        "tax": item.tax_minor,
    }


async def record(
    tx: Connection, run: RunState, bills: Sequence[tuple[Subject, Bill]], rows: Sequence[Any]
) -> None:
    """Store the periods (`rows`) that were billed and where that leaves the subscriptions."""
    organization_id = run.selection.organization_id
    if rows:
        if any(subject.again for subject, _ in bills):
            await tx.execute(AGAIN, (json_rows(rows),))
        await tx.execute(PERIODS, (organization_id, run.id, json_rows(rows)))
    await advance(tx, bills)
    failed = [
        {
            "id": subject.id,
            "period_start": bill.failure.start,
            "code": bill.failure.code,
            "message": bill.failure.message,
        }
        for subject, bill in bills
        if bill.failure is not None
    ]
    if failed:
        await fail(tx, run, failed)


async def advance(tx: Connection, bills: Sequence[tuple[Subject, Bill]]) -> None:
    """Store where that leaves subscriptions, and the earlier periods that were made good."""
    await amend(tx, [(subject.id, each) for subject, bill in bills for each in bill.amended])
    advanced = [
        {
            "id": subject.id,
            "next_start": bill.next_start,
            "bills_on": bill.bills_on,
            "look_back_from": bill.look_back_from,
            "setup_due": bill.setup_due,
            "again_on": bill.again_on,
            "credit_on": bill.credit_on,
        }
        for subject, bill in bills
    ]
    if advanced:
        await tx.execute(ADVANCE, (clock.now(), json_rows(advanced)))


async def amend(tx: Connection, amended: Sequence[tuple[UUID, Billed]]) -> None:
    """Store what periods billed before have been charged by now, by subscription."""
    if amended:
        rows = [
            {
                "subscription_id": subscription_id,
                "period_start": each.start,
                "charges": charged_json(each.charged),
            }
            for subscription_id, each in amended
        ]
        await tx.execute(AMEND, (json_rows(rows),))


async def fail(tx: Connection, run: RunState, rows: Sequence[dict[str, Any]]) -> None:
    """Keep why subscriptions were not billed."""
    names = (run.selection.organization_id, run.id, json_rows(rows))
    await tx.execute(FAILURES, names)


async def daily(tx: Connection, now: datetime) -> list[UUID]:
    """The organizations that bill by themselves and have not yet today."""
    cursor = await tx.execute(DAILY, (now,))
    return [row["organization_id"] for row in await cursor.fetchall()]


async def billed_through(tx: Connection, organization_id: UUID, day: date) -> None:
    """Remember that an organization's day has been seen to."""
    await tx.execute(BILLED_THROUGH, (day, organization_id))


async def counts(tx: Connection, selection: Selection) -> dict[str, int]:
    """What a run over a selection would leave out."""
    row = await (await tx.execute(COUNTS, selection.names())).fetchone()
    assert row is not None
    return row
