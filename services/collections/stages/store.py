"""Every query on ladders: the stages an episode of debt has reached, and the day of each.

One row for each line, or (by scope) customer, that has reached a stage and still owes; it
goes when nothing is overdue any more, and the next debt begins below. A policy of four terms
leaves none.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from psycopg.rows import tuple_row

from services.collections.arrays import pg_array, pg_columns
from shared.contracts.collections import LateFeeOrdered
from shared.db import Connection

REACHED: Final = """
SELECT subject_id, reached FROM ladder WHERE subject_id = ANY(%s::uuid[])
"""
REACH: Final = """
INSERT INTO ladder AS l (subject_id, organization_id, customer_id, line_id, reached, reached_on)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::json[], %s::date[])
ON CONFLICT (subject_id) DO UPDATE SET
    reached = excluded.reached, reached_on = excluded.reached_on
"""
FORGET: Final = "DELETE FROM ladder WHERE subject_id = ANY(%s::uuid[])"
FEES: Final = """
INSERT INTO outbox (type, organization_id, subject, causation_id, traceparent, data)
SELECT %s, organization_id, invoice_id::text, cause_id, traceparent, data::text
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::json[])
     AS fee (organization_id, invoice_id, cause_id, traceparent, data)
"""


class Rung(NamedTuple):
    """How far somebody's episode has come; `reached` is the whole of it."""

    subject_id: UUID
    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    reached: Mapping[str, date]
    reached_on: date


class Fee(NamedTuple):
    """A late fee about to be ordered."""

    organization_id: UUID
    ordered: LateFeeOrdered
    cause_id: UUID | None
    traceparent: str | None


async def reached(tx: Connection, subject_ids: Collection[UUID]) -> dict[int, dict[str, date]]:
    """The stages reached, by the number of the subject's id."""
    if not subject_ids:
        return {}
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(REACHED, (pg_array(list(subject_ids)),))
        return {
            subject_id.int: {code: date.fromisoformat(day) for code, day in found.items()}
            for subject_id, found in await cursor.fetchall()
        }


async def reach(tx: Connection, rungs: Sequence[Rung]) -> None:
    """Write how far episodes have come."""
    if rungs:
        rows: list[tuple[Any, ...]] = [
            rung._replace(reached=orjson.dumps(dict(rung.reached)).decode())  # type: ignore[arg-type] # as its column
            for rung in rungs
        ]
        await tx.execute(REACH, pg_columns(rows))


async def forget(tx: Connection, subject_ids: Sequence[UUID]) -> None:
    """End episodes: nothing of them is overdue any more."""
    if subject_ids:
        await tx.execute(FORGET, (pg_array(subject_ids),))


async def order_fees(tx: Connection, fees: Sequence[Fee]) -> None:
    """Order late fees; billing charges each once, however often it is ordered."""
    if fees:
        rows = (
            (
                fee.organization_id,
                fee.ordered.invoice_id,
                fee.cause_id,
                fee.traceparent,
                fee.ordered.model_dump_json(),
            )
            for fee in fees
        )
        await tx.execute(FEES, (LateFeeOrdered.type, *pg_columns(rows)))
