"""The refused rows of an import as CSV: what to correct, ready to be uploaded again.

The columns of the file follow three that say where a row stood and why it was refused.
"""

from collections.abc import AsyncIterator, Iterable
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import select, tuple_

from services.ingestion.imports.columns import REPORT, Layout, csv_line
from services.ingestion.imports.model import RowError
from shared.db import Database

ROWS_AT_ONCE: Final = 1000
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it a spreadsheet takes UTF-8 for the encoding of its country."""


async def report(
    db: Database, organization_id: UUID, import_id: UUID, layout: Layout | None
) -> AsyncIterator[str]:
    """The report a few hundred rows at a time, in order of lines."""
    known = layout or Layout(",", "\n", ())
    names = [name for name in known.header if name not in REPORT]
    yield BYTE_ORDER_MARK + csv_line([*REPORT, *names], known.delimiter)
    last = (0, 0)
    while errors := await _errors_after(db, organization_id, import_id, last):
        last = errors[-1].line, errors[-1].no
        yield "".join(lines(errors, known))


def lines(errors: Iterable[RowError], layout: Layout) -> Iterable[str]:
    """One line of CSV per refused row, with everything that is wrong with it."""
    kept = [at for at, name in enumerate(layout.header) if name not in REPORT]
    for line, group in groupby(errors, key=lambda error: error.line):
        said = list(group)
        fields = next((error.fields for error in said if error.fields), [])
        whole = len(fields) == len(layout.header)
        columns = dict.fromkeys(error.column for error in said if error.column)
        messages = [f"{e.column}: {e.message}" if e.column else e.message for e in said]
        yield csv_line(
            [
                str(line),
                ", ".join(columns),
                "; ".join(messages),
                *([fields[at] for at in kept] if whole else fields),
            ],
            layout.delimiter,
        )


async def _errors_after(
    db: Database, organization_id: UUID, import_id: UUID, last: tuple[int, int]
) -> list[RowError]:
    """The next whole rows' errors; the last row of a full batch is left for the next one."""
    query = (
        select(RowError)
        .where(
            RowError.import_id == import_id,
            RowError.organization_id == organization_id,
            tuple_(RowError.line, RowError.no) > last,
        )
        .order_by(RowError.line, RowError.no)
        .limit(ROWS_AT_ONCE)
    )
    async with db.read(organization_id) as session:
        errors = list(await session.scalars(query))
    if len(errors) < ROWS_AT_ONCE:
        return errors
    return [error for error in errors if error.line != errors[-1].line] or errors
