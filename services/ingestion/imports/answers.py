"""Statements about the services' answers to pages: each is taken once, whatever is repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.ingestion.imports.columns import Layout
from services.ingestion.imports.pages import DEBT_ROWS
from shared.contracts.ingestion import DebtRow
from shared.db import Connection, json_rows


@dataclass(frozen=True, slots=True)
class AnsweredPage:
    """A page whose answer has just been taken."""

    import_id: UUID
    number: int
    organization_id: UUID
    start_offset: int
    end_offset: int
    first_line: int
    layout: Layout
    currency: str
    debts: tuple[DebtRow, ...] = ()

    @property
    def bytes(self) -> int:
        """How much of the file it covers."""
        return self.end_offset - self.start_offset


COMMON = """
WITH given AS (
    SELECT * FROM json_to_recordset(%s::json) AS g(organization_id uuid, import_id uuid,
        page int, created int, updated int, unchanged int, refused int)
), waiting AS (
    SELECT p.import_id, p.page FROM import_page p
    JOIN given USING (import_id, page, organization_id)
    WHERE {waits} ORDER BY p.import_id, p.page FOR NO KEY UPDATE OF p
)
UPDATE import_page p SET {changes}
FROM given g JOIN waiting USING (import_id, page), import_job j
WHERE p.import_id = g.import_id AND p.page = g.page AND j.id = g.import_id
RETURNING p.import_id, p.page, p.organization_id, p.start_offset, p.end_offset, p.first_line,
    {debts} AS debts, j.currency, j.layout
"""
FROM_CUSTOMERS = COMMON.format(
    waits="p.customers_at IS NULL",
    changes="customers_at = now(), customers_created = g.created, customers_updated = g.updated,"
    " customers_unchanged = g.unchanged, customers_refused = g.refused",
    debts="p.debts",
)
FROM_BILLING = COMMON.format(
    waits="p.debts_sent > 0 AND p.debts_at IS NULL",
    changes="debts_at = now(), invoices_created = g.created,"
    " invoices_unchanged = g.unchanged, invoices_refused = g.refused",
    debts="NULL",
)


async def take(
    tx: Connection, statement: str, answers: Sequence[Mapping[str, Any]]
) -> list[AnsweredPage]:
    """Note answers, one per page at most; the pages that had waited for them."""
    cursor = await tx.execute(statement, (json_rows(answers),))
    return [
        AnsweredPage(
            import_id=row["import_id"],
            number=row["page"],
            organization_id=row["organization_id"],
            start_offset=row["start_offset"],
            end_offset=row["end_offset"],
            first_line=row["first_line"],
            layout=Layout.from_json(row["layout"]),
            currency=row["currency"],
            debts=DEBT_ROWS.validate_json(row["debts"]) if row["debts"] else (),
        )
        for row in await cursor.fetchall()
    ]


async def known(tx: Connection, pages: Sequence[tuple[UUID, int]]) -> set[tuple[UUID, int]]:
    """Those of the pages that exist."""
    cursor = await tx.execute(
        "SELECT import_id, page FROM import_page JOIN unnest(%s::uuid[], %s::int[])"
        " AS g(import_id, page) USING (import_id, page)",
        ([import_id for import_id, _ in pages], [page for _, page in pages]),
    )
    return {(row["import_id"], row["page"]) for row in await cursor.fetchall()}


async def note_debts_sent(tx: Connection, sent: Sequence[tuple[AnsweredPage, int]]) -> None:
    """How many debts of each page were handed on; the pages need not keep them any more."""
    await tx.execute(
        """
        UPDATE import_page p SET debts_sent = g.sent, debts = NULL
        FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS g(import_id, page, sent)
        WHERE p.import_id = g.import_id AND p.page = g.page
        """,
        (
            [page.import_id for page, _ in sent],
            [page.number for page, _ in sent],
            [count for _, count in sent],
        ),
    )
