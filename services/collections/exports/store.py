"""Every query on exports: the jobs, the pages they are made of, and the pieces of a file.

Each page follows the last row of the one before by its key, in a transaction of its own: a
worker that dies leaves its place, nothing is locked for long, and a file takes no memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.analytics.collectors import CREDITS, FIRST, HAD, RATE
from services.collections.analytics.debts import BUCKET, Scope
from services.collections.exports.model import ExportJob
from services.collections.exports.rules import KEPT_FOR, ExportKind
from shared.db import Connection
from shared.pages import PageRequest, paginate
from shared.problems import NotFound

NOTHING: Final = UUID(int=0)
WAKE: Final = "NOTIFY duesline_timer, 'make-exports'"

NEXT: Final = """
SELECT id, organization_id, kind, first_on, last_on, status, requested_at, pieces, rows, after_id
FROM export_job WHERE status IN ('pending', 'running')
ORDER BY requested_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
ADD: Final = """
WITH piece AS (
    INSERT INTO export_piece (export_id, no, organization_id, data)
    SELECT id, pieces, organization_id, %(data)s FROM export_job WHERE id = %(id)s
)
UPDATE export_job SET status = 'running', pieces = pieces + 1, rows = rows + %(rows)s,
    bytes = bytes + %(bytes)s, after_id = %(after_id)s
WHERE id = %(id)s
"""
FINISH: Final = """
UPDATE export_job SET status = %(status)s, error = %(error)s, finished_at = %(at)s,
    expires_at = %(expires_at)s
WHERE id = %(id)s
"""
CASES: Final = """
SELECT k.id, k.customer_id, c.name AS customer_name, k.line_id, k.status, k.stage, k.segment,
       k.opened_on, k.cured_on, k.currency, k.debt_minor AS debt, k.oldest_due_on,
       who.name AS collector, k.assigned_at, k.last_contact_at, k.next_action_on,
       k.broken_promises
FROM (
    SELECT * FROM dunning_case WHERE organization_id = %(organization_id)s AND id > %(after_id)s
      AND opened_on BETWEEN coalesce(%(first)s, '-infinity'::date) AND %(last)s
    ORDER BY id LIMIT %(limit)s) AS k
LEFT JOIN customer AS c ON c.id = k.customer_id AND c.organization_id = k.organization_id
LEFT JOIN collector AS who
    ON who.id = k.collector_id AND who.organization_id = k.organization_id
ORDER BY k.id
"""
DECISIONS: Final = """
SELECT d.id, d.line_id, d.customer_id, c.name AS customer_name, d.today, d.policy_version,
       d.line_status, d.outcome, d.generation, d.cause_type, d.run_id, d.decided_at
FROM (
    SELECT * FROM decision WHERE organization_id = %(organization_id)s AND id > %(after_id)s
      AND today BETWEEN coalesce(%(first)s, '-infinity'::date) AND %(last)s
    ORDER BY id LIMIT %(limit)s) AS d
LEFT JOIN customer AS c ON c.id = d.customer_id AND c.organization_id = d.organization_id
ORDER BY d.id
"""
REMINDERS: Final = """
SELECT r.id, r.customer_id, c.name AS customer_name, r.invoice_id, r.number, r.kind, r.language,
       r.currency, r.open_minor AS open, r.due_on, r.created_at, r.read_at, w.channel,
       w.recipient, w.status AS delivery, w.attempts, w.settled_at
FROM (
    SELECT * FROM reminder WHERE organization_id = %(organization_id)s AND id > %(after_id)s
      AND on_day BETWEEN coalesce(%(first)s, '-infinity'::date) AND %(last)s
    ORDER BY id LIMIT %(limit)s) AS r
LEFT JOIN customer AS c ON c.id = r.customer_id AND c.organization_id = r.organization_id
LEFT JOIN LATERAL (
    SELECT * FROM reminder_delivery AS w
    WHERE w.reminder_id = r.id AND w.organization_id = r.organization_id
    ORDER BY w.id DESC LIMIT 1) AS w ON true
ORDER BY r.id
"""
# One statement fills a file's worth of rows with what was open; its pages follow.
AGEING_ROWS: Final = """
INSERT INTO export_row (export_id, organization_id, id, open_minor)
SELECT %(export_id)s, %(organization_id)s, o.invoice_id, o.open_minor FROM ({open}) AS o
ON CONFLICT DO NOTHING
"""
AGEING: Final = """
SELECT o.id AS invoice_id, o.id, d.number, d.customer_id, c.name AS customer_name, d.line_id,
       d.currency, o.open_minor AS open, d.due_on,
       greatest(%(last)s - d.due_on, 0) AS days_overdue, {bucket} AS bucket
FROM (
    SELECT * FROM export_row WHERE export_id = %(export_id)s
      AND organization_id = %(organization_id)s AND id > %(after_id)s
    ORDER BY id LIMIT %(limit)s) AS o
JOIN debt AS d ON d.invoice_id = o.id AND d.organization_id = o.organization_id
LEFT JOIN customer AS c ON c.id = d.customer_id AND c.organization_id = d.organization_id
ORDER BY o.id
""".format(bucket=BUCKET.format(day="%(last)s").replace("o.due_on", "d.due_on"))
# The credits of collectors (services.collections.analytics.collectors); a row is known by the
# first allocation of its credit, whose moment is the credit's.
COMMISSION_ROWS: Final = f"""
INSERT INTO export_row (export_id, organization_id, id, open_minor)
SELECT %(export_id)s, m.organization_id, m.id, m.amount_minor FROM ({CREDITS}) AS m
WHERE EXISTS (
    SELECT FROM dunning_case AS c JOIN case_assignment AS h ON h.case_id = c.id WHERE {HAD})
ON CONFLICT DO NOTHING
"""
COMMISSIONS: Final = f"""
WITH m AS (
    SELECT m.*, had.collector_id, had.case_id
    FROM (
        SELECT a.id, a.organization_id, a.on_day, a.at, a.customer_id, a.line_id, a.invoice_id,
               a.payment_id, a.currency, x.open_minor AS amount_minor
        FROM export_row AS x
        JOIN allocation AS a ON a.id = x.id AND a.organization_id = x.organization_id
        WHERE x.export_id = %(export_id)s AND x.organization_id = %(organization_id)s
          AND x.id > %(after_id)s
        ORDER BY x.id LIMIT %(limit)s) AS m
    CROSS JOIN LATERAL (
        SELECT h.collector_id, c.id AS case_id
        FROM dunning_case AS c JOIN case_assignment AS h ON h.case_id = c.id
        WHERE {HAD} ORDER BY {FIRST} LIMIT 1) AS had
)
SELECT m.id, m.on_day AS received_on, m.collector_id, k.name AS collector, m.case_id,
       m.customer_id, c.name AS customer_name, m.line_id, m.invoice_id, d.number, m.payment_id,
       m.currency, m.amount_minor AS amount, coalesce(r.rate, k.commission_rate) AS commission_rate,
       m.amount_minor * coalesce(r.rate, k.commission_rate) AS commission
FROM m JOIN collector AS k ON k.id = m.collector_id AND k.organization_id = m.organization_id
{RATE}
LEFT JOIN debt AS d ON d.invoice_id = m.invoice_id AND d.organization_id = m.organization_id
LEFT JOIN customer AS c ON c.id = m.customer_id AND c.organization_id = m.organization_id
ORDER BY m.id
"""
FILLED: Final = frozenset({ExportKind.AGEING, ExportKind.COMMISSIONS})
BEGINNING: Final = date(1, 1, 1)
PAGES: Final[Mapping[ExportKind, str]] = {
    ExportKind.CASES: CASES,
    ExportKind.DECISIONS: DECISIONS,
    ExportKind.REMINDERS: REMINDERS,
    ExportKind.AGEING: AGEING,
    ExportKind.COMMISSIONS: COMMISSIONS,
}


@dataclass(frozen=True, slots=True)
class Job:
    """An export being made: everything up to `after_id` is in the file."""

    id: UUID
    organization_id: UUID
    kind: ExportKind
    first_on: date | None
    last_on: date
    status: str
    requested_at: datetime
    pieces: int
    rows: int
    after_id: UUID | None


async def lock_next(tx: Connection) -> Job | None:
    """The unfinished export that was asked for first, locked."""
    async with tx.cursor(row_factory=class_row(Job)) as cursor:
        await cursor.execute(NEXT)
        return await cursor.fetchone()


async def fill(tx: Connection, job: Job, scope: Scope) -> None:
    """Set down what an export is about, in one look at it: what was open, or was earned."""
    if job.kind == ExportKind.AGEING:
        query = AGEING_ROWS.format(open=scope.open_on(job.last_on))
        await tx.execute(query, scope.asked(day=job.last_on, export_id=job.id))
        return
    first = job.first_on or BEGINNING
    asked = scope.asked(first=first, last=job.last_on, export_id=job.id)
    await tx.execute(COMMISSION_ROWS, asked)


async def page(tx: Connection, job: Job, limit: int) -> list[dict[str, Any]]:
    """The next rows of an export, in order of their ids."""
    cursor = await tx.execute(
        PAGES[ExportKind(job.kind)],
        {
            "organization_id": job.organization_id,
            "export_id": job.id,
            "after_id": job.after_id or NOTHING,
            "first": job.first_on,
            "last": job.last_on,
            "limit": limit,
        },
    )
    return await cursor.fetchall()


async def add_piece(tx: Connection, job: Job, text: str, rows: int, after_id: UUID | None) -> None:
    """Add a piece to the file."""
    data = text.encode()
    await tx.execute(
        ADD,
        {
            "id": job.id,
            "data": data,
            "rows": rows,
            "bytes": len(data),
            "after_id": after_id or job.after_id,
        },
    )


async def end(tx: Connection, job: Job, at: datetime, error: str | None = None) -> None:
    """The file is whole, or will never be; what helped to make it goes."""
    await tx.execute("DELETE FROM export_row WHERE export_id = %s", (job.id,))
    ended: dict[str, Any] = {
        "id": job.id,
        "status": "failed" if error else "finished",
        "error": error,
        "at": at,
        "expires_at": at + KEPT_FOR,
    }
    await tx.execute(FINISH, ended)


async def forget_expired(tx: Connection, now: datetime) -> int:
    """Delete files that were kept long enough; their jobs with them."""
    cursor = await tx.execute("DELETE FROM export_job WHERE expires_at <= %s", (now,))
    return cursor.rowcount


async def piece(tx: Connection, organization_id: UUID, export_id: UUID, no: int) -> bytes | None:
    """One piece of a file."""
    cursor = await tx.execute(
        "SELECT data FROM export_piece WHERE organization_id = %s AND export_id = %s AND no = %s",
        (organization_id, export_id, no),
    )
    row = await cursor.fetchone()
    return None if row is None else bytes(row["data"])


async def find(session: AsyncSession, organization_id: UUID, export_id: UUID) -> ExportJob:
    """One export of an organization; NotFound."""
    query = select(ExportJob).where(
        ExportJob.organization_id == organization_id, ExportJob.id == export_id
    )
    found = await session.scalar(query)
    if found is None:
        raise NotFound("export", export_id)
    return found


async def list_exports(
    session: AsyncSession, organization_id: UUID, paging: PageRequest, kind: ExportKind | None
) -> tuple[list[ExportJob], str | None]:
    """Exports of an organization, the latest first; served by ix_export_job_organization."""
    query = select(ExportJob).where(ExportJob.organization_id == organization_id)
    if kind is not None:
        query = query.where(ExportJob.kind == kind.value)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"requested_at": ExportJob.id.expression},
        default="-requested_at",
        key=ExportJob.id.expression,
    )
    return [row[0] for row in rows], following
