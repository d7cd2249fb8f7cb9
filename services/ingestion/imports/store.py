"""Statements about import jobs, the pages read of them, and their refused rows.

Rows are locked in one order: pages by (import, page), then jobs by id. The reader of a
file only adds pages that nobody else can know yet, so it may touch its job first.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Json

from services.ingestion.files.upload import Upload
from services.ingestion.imports.columns import Layout
from services.ingestion.imports.pages import Page, Refused
from services.ingestion.imports.stream import Position, Span
from shared.auth import Principal
from shared.db import Connection, json_rows


@dataclass(frozen=True, slots=True)
class UnreadJob:
    """A job whose file has not been read to its end."""

    id: UUID
    organization_id: UUID
    byte_size: int
    currency: str
    layout: Layout | None
    position: Position
    pages: int
    in_flight: int


@dataclass(slots=True)
class Answered:
    """What the answers of a batch add to one job."""

    id: UUID
    pages: int = 0
    bytes: int = 0
    rows_refused: int = 0
    customers_created: int = 0
    customers_updated: int = 0
    customers_unchanged: int = 0
    invoices_created: int = 0
    invoices_unchanged: int = 0


async def create_job(
    tx: Connection, organization_id: UUID, upload: Upload, currency: str, caller: Principal
) -> None:
    """A job for an uploaded file, which says if the same content came before."""
    await tx.execute(
        """
        INSERT INTO import_job (id, organization_id, file_name, byte_size, digest, currency,
                                uploaded_by, uploaded_by_name, same_content_as)
        SELECT %(id)s, %(organization_id)s, %(file_name)s, %(byte_size)s, %(digest)s,
               %(currency)s, %(user_id)s, %(user_name)s, (
            SELECT id FROM import_job
            WHERE organization_id = %(organization_id)s AND digest = %(digest)s
            ORDER BY created_at DESC LIMIT 1)
        """,
        {
            "id": upload.file_id,
            "organization_id": organization_id,
            "file_name": upload.file_name,
            "byte_size": upload.byte_size,
            "digest": upload.digest,
            "currency": currency,
            "user_id": caller.user_id,
            "user_name": caller.name,
        },
    )


async def unread(tx: Connection, *, in_flight: int, limit: int = 20) -> list[UnreadJob]:
    """The oldest jobs with something left to read and room for pages in flight.

    Served by ix_import_job_unread (partial: unread jobs only).
    """
    cursor = await tx.execute(
        """
        SELECT id, organization_id, byte_size, currency, layout, next_offset, next_line,
               pages, pages - pages_answered AS in_flight
        FROM import_job
        WHERE status IN ('uploaded', 'validating') AND pages - pages_answered < %s
          AND (postponed_to IS NULL OR postponed_to <= now())
        ORDER BY created_at LIMIT %s
        """,
        (in_flight, limit),
    )
    return [
        UnreadJob(
            id=row["id"],
            organization_id=row["organization_id"],
            byte_size=row["byte_size"],
            currency=row["currency"],
            layout=Layout.from_json(row["layout"]) if row["layout"] else None,
            position=Position(row["next_offset"], row["next_line"]),
            pages=row["pages"],
            in_flight=row["in_flight"],
        )
        for row in await cursor.fetchall()
    ]


async def set_layout(
    tx: Connection, import_id: UUID, layout: Layout, warnings: list[str], position: Position
) -> None:
    """What the first line said, and where the rows begin; once."""
    await tx.execute(
        """
        UPDATE import_job SET layout = %s, warnings = %s, next_offset = %s, next_line = %s,
               bytes_answered = %s, status = 'validating', version = version + 1,
               updated_at = now()
        WHERE id = %s AND status = 'uploaded'
        """,
        (
            Json(layout.as_json()),
            warnings,
            position.offset,
            position.line,
            position.offset,
            import_id,
        ),
    )


async def advance(tx: Connection, import_id: UUID, number: int, span: Span, page: Page) -> bool:
    """Move a job past its page `number`; False when it no longer stands there."""
    answered = not page.customers
    cursor = await tx.execute(
        """
        UPDATE import_job SET
            status = CASE WHEN %(last)s THEN 'applying' ELSE 'validating' END,
            next_offset = %(offset)s, next_line = %(line)s, pages = pages + 1,
            rows = rows + %(rows)s, rows_blank = rows_blank + %(blank)s,
            rows_refused = rows_refused + %(invalid)s,
            pages_answered = pages_answered + %(answered)s,
            bytes_answered = bytes_answered + %(bytes)s,
            version = version + 1, updated_at = now()
        WHERE id = %(id)s AND pages = %(number)s AND status = 'validating'
        """,
        {
            "last": span.last,
            "offset": span.end.offset,
            "line": span.end.line,
            "rows": page.rows,
            "blank": page.blank,
            "invalid": page.invalid,
            "answered": int(answered),
            "bytes": span.bytes if answered else 0,
            "id": import_id,
            "number": number,
        },
    )
    return cursor.rowcount == 1


async def add_page(tx: Connection, job: UnreadJob, number: int, span: Span, page: Page) -> None:
    """Keep what a page held, and its debts until customers has answered."""
    await tx.execute(
        """
        INSERT INTO import_page (import_id, page, organization_id, start_offset, end_offset,
                                 first_line, rows, rows_blank, rows_invalid, rows_sent, debts)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            job.id,
            number,
            job.organization_id,
            span.start.offset,
            span.end.offset,
            span.start.line,
            page.rows,
            page.blank,
            page.invalid,
            len(page.customers),
            page.debts_json(),
        ),
    )


async def add_errors(
    tx: Connection, import_id: UUID, organization_id: UUID, refused: Sequence[Refused]
) -> None:
    """Keep why rows were refused; what is kept already stays as it is."""
    if refused:
        await tx.execute(
            """
            INSERT INTO row_error
                (import_id, organization_id, line, no, source, "column", message, fields)
            SELECT %s, %s, line, no, source, "column", message, fields
            FROM json_to_recordset(%s::json) AS r(line bigint, no int, source text,
                "column" text, message text, fields text[])
            ON CONFLICT DO NOTHING
            """,
            (import_id, organization_id, json_rows(refused)),
        )


async def postpone(tx: Connection, import_id: UUID, delay: timedelta) -> None:
    """Leave a job alone for a while."""
    await tx.execute(
        "UPDATE import_job SET postponed_to = now() + %s WHERE id = %s", (delay, import_id)
    )


async def fail(tx: Connection, import_id: UUID, reason: str, *, keep_files: timedelta) -> bool:
    """End a job of which nothing could be read; False when something was."""
    cursor = await tx.execute(
        """
        WITH over AS (
            UPDATE import_job SET status = 'failed', failure = %(reason)s, finished_at = now(),
                   version = version + 1, updated_at = now()
            WHERE id = %(id)s AND status IN ('uploaded', 'validating') AND pages = 0
            RETURNING id
        ), later AS (
            UPDATE stored_file f SET delete_after = now() + %(keep)s FROM over WHERE f.id = over.id
        )
        SELECT id FROM over
        """,
        {"id": import_id, "reason": reason, "keep": keep_files},
    )
    return await cursor.fetchone() is not None


async def cancel(tx: Connection, organization_id: UUID, import_id: UUID) -> bool:
    """Read no further; False when the file has been read to its end."""
    cursor = await tx.execute(
        """
        UPDATE import_job SET status = 'applying', cancelled_at = now(),
               version = version + 1, updated_at = now()
        WHERE id = %s AND organization_id = %s AND status IN ('uploaded', 'validating')
        """,
        (import_id, organization_id),
    )
    return cursor.rowcount == 1


async def count_answers(tx: Connection, answered: Sequence[Answered]) -> list[UUID]:
    """Add to the jobs' counts; those of them that still have something to read."""
    cursor = await tx.execute(
        """
        WITH given AS (
            SELECT * FROM json_to_recordset(%s::json) AS g(id uuid, pages int, bytes bigint,
                rows_refused int, customers_created int, customers_updated int,
                customers_unchanged int, invoices_created int, invoices_unchanged int)
        ), locked AS (
            SELECT j.id FROM import_job j JOIN given USING (id) ORDER BY j.id FOR NO KEY UPDATE OF j
        )
        UPDATE import_job j SET
            pages_answered = j.pages_answered + g.pages,
            bytes_answered = j.bytes_answered + g.bytes,
            rows_refused = j.rows_refused + g.rows_refused,
            customers_created = j.customers_created + g.customers_created,
            customers_updated = j.customers_updated + g.customers_updated,
            customers_unchanged = j.customers_unchanged + g.customers_unchanged,
            invoices_created = j.invoices_created + g.invoices_created,
            invoices_unchanged = j.invoices_unchanged + g.invoices_unchanged,
            version = j.version + 1, updated_at = now()
        FROM given g JOIN locked USING (id)
        WHERE j.id = g.id
        RETURNING j.id, j.status
        """,
        (json_rows([asdict(each) for each in answered]),),
    )
    return [row["id"] for row in await cursor.fetchall() if row["status"] == "validating"]


async def finish(
    tx: Connection, ids: Sequence[UUID], *, keep_files: timedelta
) -> list[dict[str, Any]]:
    """End the jobs that are read and answered; each once. Their files go after `keep_files`."""
    cursor = await tx.execute(
        """
        WITH over AS (
            UPDATE import_job SET
                status = CASE WHEN cancelled_at IS NULL THEN 'finished' ELSE 'cancelled' END,
                finished_at = now(), version = version + 1, updated_at = now()
            WHERE id = ANY(%(ids)s) AND status = 'applying' AND pages_answered = pages
            RETURNING *
        ), later AS (
            UPDATE stored_file f SET delete_after = now() + %(keep)s FROM over WHERE f.id = over.id
        )
        SELECT * FROM over ORDER BY id
        """,
        {"ids": list(ids), "keep": keep_files},
    )
    return await cursor.fetchall()
