"""Every query on lines as they are judged, and the one statement that records what follows.

Rows asked for in bulk come back with their place in what was asked, so that nothing has to
be looked up by id again. LATERAL with OFFSET is one index probe a row, whatever the planner
believes of fresh tables.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from psycopg.rows import tuple_row

from services.collections.arrays import pg_array, pg_columns
from services.collections.decisions.rules import Outcome
from services.collections.enforcement.rules import (
    REACTIVATE,
    SUSPEND,
    Concern,
    LineState,
)
from services.collections.lines.facts import LineRow, ServiceFacts
from services.collections.lines.store import LINES as LINE_FACTS
from services.collections.lines.store import PLAN_NAME
from services.collections.policies.store import Terms
from shared.contracts.collections import LineReactivationOrdered, LineSuspensionOrdered
from shared.db import Connection

STATE: Final = """
    l.status, l.non_payment, l.generation, coalesce(e.generation, 0), e.ordered,
    coalesce(e.ordered_at < %s, false), l.essential
"""
ENFORCEMENT: Final = """
LEFT JOIN LATERAL (
    SELECT generation, ordered, ordered_at FROM line_enforcement
    WHERE line_enforcement.line_id = l.line_id OFFSET 0) AS e ON true
"""
LINES: Final = f"""
SELECT asked.place::int - 1, {STATE}
FROM unnest(%s::uuid[]) WITH ORDINALITY AS asked (line_id, place)
CROSS JOIN LATERAL (SELECT * FROM line WHERE line.line_id = asked.line_id OFFSET 0) AS l
{ENFORCEMENT}
"""
LINES_OF_CUSTOMERS: Final = f"""
SELECT asked.place::int - 1, l.line_id, {STATE}
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY
     AS asked (organization_id, customer_id, place)
CROSS JOIN LATERAL (
    SELECT * FROM line WHERE line.organization_id = asked.organization_id
      AND line.customer_id = asked.customer_id OFFSET 0) AS l
{ENFORCEMENT}
"""
# Customers heard of, but `alone`: only those of whom no line is known.
WITHOUT_LINES: Final = """
SELECT asked.place::int - 1
FROM unnest(%s::uuid[], %s::uuid[], %s::boolean[]) WITH ORDINALITY
     AS asked (organization_id, customer_id, alone, place)
CROSS JOIN LATERAL (
    SELECT FROM customer WHERE customer.id = asked.customer_id
      AND customer.organization_id = asked.organization_id OFFSET 0) AS c
WHERE NOT (asked.alone AND EXISTS (
    SELECT FROM line WHERE line.organization_id = asked.organization_id
      AND line.customer_id = asked.customer_id OFFSET 0))
"""
# What of the new facts was written, and is not as ordered though it has seen the last order,
# or was known before otherwise than what lines are judged by.
PROJECT_LINES: Final = f"""
WITH written AS (
    {LINE_FACTS} RETURNING l.line_id, l.status, l.non_payment, l.generation, l.plan_name,
                           l.installed_on, l.essential)
SELECT written.line_id FROM written
LEFT JOIN LATERAL (
    SELECT generation, ordered FROM line_enforcement
    WHERE line_enforcement.line_id = written.line_id OFFSET 0) AS e ON true
LEFT JOIN LATERAL (
    SELECT plan_name, installed_on, essential FROM line
    WHERE line.line_id = written.line_id OFFSET 0) AS before ON true
WHERE written.status <> 'cancelled'
  AND (written.generation >= coalesce(e.generation, 0)
       AND written.non_payment <> coalesce(e.ordered = 'suspend', false)
       OR before.essential IS NOT NULL
          AND (written.plan_name, written.installed_on, written.essential)
              IS DISTINCT FROM (before.plan_name, before.installed_on, before.essential))
"""

# A decision's id is also the id of the event that orders what it decided.
RECORD: Final = """
WITH frame AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(frames)s::json) AS frame (
        frame int, organization_id uuid, policy_version bigint, today date, clock timestamptz,
        line_status text, was_suspended boolean, outcome text, ordered text, event_type text)
), decided AS MATERIALIZED (
    SELECT * FROM unnest(
        %(frame)s::int[], %(id)s::uuid[], %(line_id)s::uuid[], %(customer_id)s::uuid[],
        %(debts)s::json[], %(conditions)s::json[], %(generation)s::bigint[],
        %(cause_type)s::text[], %(cause_id)s::uuid[], %(traceparent)s::text[],
        %(run_id)s::uuid[], %(inputs)s::json[], %(stages)s::text[])
        AS row (frame, id, line_id, customer_id, debts, conditions, generation, cause_type,
                cause_id, traceparent, run_id, inputs, stages)
    JOIN frame USING (frame)
), recorded AS (
    INSERT INTO decision (id, organization_id, line_id, customer_id, policy_version, today,
        organization_clock, line_status, was_suspended, debts, conditions, outcome, generation,
        cause_type, cause_id, run_id, inputs, stages, decided_at)
    SELECT id, organization_id, line_id, customer_id, policy_version, today, clock, line_status,
        was_suspended, debts, conditions, outcome, generation, cause_type, cause_id, run_id,
        inputs, string_to_array(stages, ' '), %(at)s
    FROM decided
), enforced AS (
    INSERT INTO line_enforcement AS e (line_id, organization_id, customer_id, generation,
        ordered, decision_id, ordered_at)
    SELECT line_id, organization_id, customer_id, generation, ordered, id, %(at)s
    FROM decided WHERE ordered IS NOT NULL
    ON CONFLICT (line_id) DO UPDATE SET generation = excluded.generation,
        ordered = excluded.ordered, decision_id = excluded.decision_id,
        ordered_at = excluded.ordered_at
)
INSERT INTO outbox (event_id, type, organization_id, subject, version, causation_id,
                    traceparent, data)
SELECT id, event_type, organization_id, line_id::text, generation, cause_id, traceparent,
       '{"line_id":"' || line_id || '","customer_id":"' || customer_id
       || '","decision_id":"' || id || '","generation":' || generation
       || ',"reason":"non_payment"}'
FROM decided WHERE ordered IS NOT NULL
"""
COLUMNS: Final = (
    "frame",
    "id",
    "line_id",
    "customer_id",
    "debts",
    "conditions",
    "generation",
    "cause_type",
    "cause_id",
    "traceparent",
    "run_id",
    "inputs",
    "stages",
)
ORDER: Final[Mapping[Outcome, tuple[str, str]]] = {
    Outcome.SUSPEND: (SUSPEND, LineSuspensionOrdered.type),
    Outcome.REACTIVATE: (REACTIVATE, LineReactivationOrdered.type),
}


class Decided(NamedTuple):
    """A decision about to be recorded; `generation` is its order's, None without one."""

    id: UUID
    concern: Concern
    terms: Terms
    line_status: str | None
    was_suspended: bool
    outcome: Outcome
    generation: int | None
    debts: str
    conditions: str
    inputs: str | None = None
    stages: str | None = None


async def lines(
    tx: Connection, asked: Sequence[Concern], lost_before: datetime | None
) -> list[tuple[Concern, LineState]]:
    """The lines concerned with their last orders; a line not heard of yet is left out."""
    if not asked:
        return []
    async with tx.cursor(row_factory=tuple_row) as cursor:
        ids = pg_array([concern.line_id for concern in asked])
        await cursor.execute(LINES, (lost_before, ids))
        return [(asked[place], LineState(*state)) for place, *state in await cursor.fetchall()]


async def lines_of_customers(
    tx: Connection, asked: Sequence[Concern], lost_before: datetime | None
) -> list[tuple[Concern, LineState]]:
    """All lines of the customers concerned, each with the concern made its own."""
    if not asked:
        return []
    async with tx.cursor(row_factory=tuple_row) as cursor:
        customers = pg_columns((concern.organization_id, concern.customer_id) for concern in asked)
        await cursor.execute(LINES_OF_CUSTOMERS, (lost_before, *customers))
        return [
            (asked[place]._replace(line_id=line_id), LineState(*state))
            for place, line_id, *state in await cursor.fetchall()
        ]


async def without_lines(tx: Connection, asked: Sequence[tuple[Concern, bool]]) -> list[Concern]:
    """The concerns whose customers may be judged without a line.

    With `True` beside it only if no line of the customer is known: else those are judged. One
    not heard of yet is left out: whoever brings it has it judged then.
    """
    if not asked:
        return []
    async with tx.cursor(row_factory=tuple_row) as cursor:
        columns = pg_columns(
            (concern.organization_id, concern.customer_id, alone) for concern, alone in asked
        )
        await cursor.execute(WITHOUT_LINES, columns)
        return [asked[place][0] for (place,) in await cursor.fetchall()]


async def project_lines(tx: Connection, facts: ServiceFacts) -> list[LineRow]:
    """Write what events said of lines; those that must be judged for it.

    A line that is not as it was ordered to be was changed behind our back, or one of us lost
    its memory. One that has not seen its last order yet is not among them: the order is on
    its way. And one that has become essential, or changed its plan, may deserve another state.
    """
    if not facts.lines:
        return []
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(PROJECT_LINES, pg_columns(facts.lines.values(), texts=PLAN_NAME))
        return [facts.lines[line_id.int] for (line_id,) in await cursor.fetchall()]


async def record(tx: Connection, decided: Sequence[Decided], at: datetime) -> None:
    """Store decisions, the orders that follow and their events, in one statement."""
    if not decided:
        return
    frames: dict[tuple[Any, ...], tuple[int, dict[str, Any]]] = {}
    rows: list[tuple[Any, ...]] = []
    for made in decided:
        organization_id, customer_id, line_id, _, cause, *_ = made.concern
        key = (organization_id.int, made.line_status, made.was_suspended, made.outcome)
        if key not in frames:
            frames[key] = len(frames), _frame(len(frames), made)
        rows.append(
            (
                frames[key][0],
                made.id,
                line_id,
                customer_id,
                made.debts,
                made.conditions,
                made.generation,
                *cause[:-1],
                made.inputs,
                made.stages,
            )
        )
    columns = dict(zip(COLUMNS, pg_columns(rows), strict=True))
    shared_by_rows = orjson.dumps([frame for _, frame in frames.values()]).decode()
    await tx.execute(RECORD, {"frames": shared_by_rows, "at": at, **columns})


def _frame(number: int, made: Decided) -> dict[str, Any]:
    """What many decisions of a batch have in common."""
    ordered, event_type = ORDER.get(made.outcome, (None, None))
    return {
        "frame": number,
        "organization_id": made.concern.organization_id,
        "policy_version": made.terms.policy.version,
        "today": made.terms.today,
        "clock": made.terms.clock,
        "line_status": made.line_status,
        "was_suspended": made.was_suspended,
        "outcome": made.outcome,
        "ordered": ordered,
        "event_type": event_type,
    }
