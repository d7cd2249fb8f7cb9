"""Make a live table equal to its rebuilt twin, touching only the rows that differ."""

from collections.abc import Sequence
from typing import Final

from shared.db import Connection

COLUMNS: Final = """
SELECT a.attname AS name, coalesce(i.indisprimary, false) AS key
FROM pg_attribute AS a
LEFT JOIN pg_index AS i
    ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY(i.indkey)
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attgenerated = '' ORDER BY a.attnum
"""


async def merge_table(
    tx: Connection, table: str, projected: Sequence[str] | None, *, delete_others: bool
) -> int:
    """Write into `public.<table>` what its temporary twin says; how many rows differed.

    `projected` limits the columns that are compared and written. The caller holds a lock
    that keeps writers out.
    """
    cursor = await tx.execute(COLUMNS, (f"public.{table}",))
    found = await cursor.fetchall()
    keys = [row["name"] for row in found if row["key"]]
    values = [
        row["name"]
        for row in found
        if not row["key"] and (projected is None or row["name"] in projected)
    ]
    same_key = " AND ".join(f"live.{key} = made.{key}" for key in keys)
    differing = await _count(
        tx,
        f"UPDATE public.{table} AS live SET "
        + ", ".join(f"{name} = made.{name}" for name in values)
        + f" FROM pg_temp.{table} AS made WHERE {same_key} AND ("
        + ", ".join(f"live.{name}" for name in values)
        + ") IS DISTINCT FROM ("
        + ", ".join(f"made.{name}" for name in values)
        + ")",
    )
    names = ", ".join(keys + values)
    differing += await _count(
        tx,
        f"INSERT INTO public.{table} ({names}) SELECT {names} FROM pg_temp.{table} AS made"
        f" WHERE NOT EXISTS (SELECT FROM public.{table} AS live WHERE {same_key})",
    )
    if delete_others:
        differing += await _count(
            tx,
            f"DELETE FROM public.{table} AS live"
            f" WHERE NOT EXISTS (SELECT FROM pg_temp.{table} AS made WHERE {same_key})",
        )
    return differing


async def _count(tx: Connection, statement: str) -> int:
    cursor = await tx.execute(statement)
    return cursor.rowcount
