"""The journal as CSV, streamed: memory stays flat however long it is."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from psycopg.rows import tuple_row
from starlette.responses import Response

from services.payments.journal.search import Wanted
from shared.db import Database
from shared.money import Money

PAGE: Final = 2000
HEADER: Final = (
    "date",
    "posting",
    "entry",
    "account",
    "deposit_account",
    "debit",
    "credit",
    "currency",
    "reference",
    "customer",
    "invoice",
)
# A cell that begins with one of these would run as a formula in a spreadsheet.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
ENTRIES: Final = """
SELECT entry.booked_on, posting_id, entry.id, account, deposit_account.name,
       entry.amount_minor, entry.currency, coalesce(memo, payment.reference),
       entry.customer_id, coalesce(receivable.number, entry.invoice_id::text)
FROM journal_entry AS entry
LEFT JOIN deposit_account ON deposit_account.id = entry.deposit_account_id
LEFT JOIN payment ON payment.id = entry.payment_id
LEFT JOIN receivable ON receivable.invoice_id = entry.invoice_id
WHERE {conditions}
ORDER BY entry.booked_on, entry.id
"""


class JournalResponse(Response):
    """Streams the wanted entries from one snapshot, the oldest first."""

    media_type = "text/csv"

    def __init__(self, database: Database, organization_id: UUID, wanted: Wanted) -> None:
        super().__init__(headers={"Content-Disposition": 'attachment; filename="journal.csv"'})
        del self.headers["content-length"]
        self._database = database
        self._organization_id = organization_id
        self._wanted = wanted

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer; what fails before the first row is still a problem."""
        conditions, values = self._wanted.conditions(self._organization_id)
        async with self._database.transaction(self._organization_id) as tx:
            await tx.execute("SET TRANSACTION READ ONLY")
            async with tx.cursor(name="journal", row_factory=tuple_row) as cursor:
                await cursor.execute(ENTRIES.format(conditions=conditions).encode(), values)
                rows = await cursor.fetchmany(PAGE)
                await send(
                    {
                        "type": "http.response.start",
                        "status": self.status_code,
                        "headers": self.raw_headers,
                    }
                )
                await send(_chunk([HEADER]))
                while rows:
                    await send(_chunk([cells(row) for row in rows]))
                    rows = await cursor.fetchmany(PAGE)
                await send({"type": "http.response.body", "body": b"", "more_body": False})


def cells(row: Sequence[Any]) -> tuple[object, ...]:
    """An entry as an accounting system takes it: debit and credit side by side, never signed."""
    day, posting, entry, account, name, minor, currency, reference, customer, invoice = row
    amount = Money(abs(minor), currency).decimal_text
    debit, credit = (amount, "") if minor > 0 else ("", amount)
    texts = (safe(text) for text in (name, reference))
    named, referred = texts
    return (
        day,
        posting,
        entry,
        account,
        named,
        debit,
        credit,
        currency,
        referred,
        customer or "",
        safe(invoice),
    )


def safe(text: str | None) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text and text.startswith(FORMULA) else text or ""


def _chunk(rows: Sequence[Sequence[object]]) -> dict[str, Any]:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return {"type": "http.response.body", "body": lines.getvalue().encode(), "more_body": True}
