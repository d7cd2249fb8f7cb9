"""Collections' orders, obeyed as a set: the statements on the way from payment to service.

Two statements per batch, however many orders it holds, sent together, as handlers run in a
pipeline. The first locks the lines in order of id. The second, which therefore sees whatever
other transactions did to them, changes those whose generation is older than their order's,
places or lifts the hold, keeps the history and announces. In one statement the two would share
a snapshot: a hold placed by a transaction that the lock had to wait for would be invisible,
and stay.

A hold that a person placed is never touched. A cancelled line only notes the generation;
so does one that is as ordered already.

The lines are looked up one by one along their primary key (LATERAL; OFFSET 0 keeps the
planner from undoing it, `IS TRUE` keeps the organization's index out of it), because a plan
made while the table was small may stay for a while after a file has filled it.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from shared import clock
from shared.contracts.collections import LineReactivationOrdered, LineSuspensionOrdered
from shared.contracts.event import Event
from shared.db import Connection

Order = Event[LineSuspensionOrdered] | Event[LineReactivationOrdered]

LOCK: Final = """
SELECT task.line_id
FROM unnest(%b::uuid[], %b::uuid[]) AS task (line_id, organization_id) CROSS JOIN LATERAL (
    SELECT FROM line
    WHERE line.id = task.line_id AND (line.organization_id = task.organization_id) IS TRUE
    FOR NO KEY UPDATE
) AS found
"""
OBEY: Final = """
WITH task AS MATERIALIZED (
    SELECT * FROM unnest(
        %b::uuid[], %b::uuid[], %b::uuid[], %b::bigint[], %b::boolean[], %b::uuid[], %b::text[]
    ) AS t(line_id, organization_id, decision_id, generation, suspend, event_id, traceparent)
), locked AS MATERIALIZED (
    SELECT task.*, found.* FROM task CROSS JOIN LATERAL (
        SELECT line.status AS before, line.generation AS passed,
               line.cancelled_at IS NULL
                   AND task.suspend <> ('non_payment' = ANY (line.holds)) AS changes
        FROM line
        WHERE line.id = task.line_id
          AND (line.organization_id = task.organization_id) IS TRUE
        OFFSET 0
    ) AS found
), obeyed AS (
    UPDATE line SET
        generation = locked.generation,
        holds = CASE WHEN NOT locked.changes THEN line.holds
                     WHEN locked.suspend THEN line.holds || 'non_payment'::text
                     ELSE array_remove(line.holds, 'non_payment') END,
        version = line.version + locked.changes::int,
        updated_at = CASE WHEN locked.changes THEN now() ELSE line.updated_at END
    FROM locked
    WHERE line.id = locked.line_id AND locked.passed < locked.generation
    RETURNING line.*, locked.changes, locked.before, locked.suspend, locked.decision_id,
              locked.event_id, locked.traceparent
), changed AS MATERIALIZED (
    SELECT * FROM obeyed WHERE changes
), placed AS (
    INSERT INTO hold (line_id, reason, organization_id, decision_id)
    SELECT id, 'non_payment', organization_id, decision_id FROM changed WHERE suspend
), lifted AS (
    DELETE FROM hold USING changed
    WHERE hold.organization_id = changed.organization_id AND hold.line_id = changed.id
      AND NOT changed.suspend
      AND hold.reason = 'non_payment'
), kept AS (
    INSERT INTO line_history (line_id, version, organization_id, change, from_status, to_status,
                              reason, decision_id)
    SELECT id, version, organization_id, CASE WHEN suspend THEN 'held' ELSE 'released' END,
           before, status, 'non_payment', decision_id
    FROM changed
), said AS (
    INSERT INTO outbox (type, organization_id, subject, version, causation_id, traceparent, data)
    SELECT CASE WHEN before = status THEN 'customers.line-updated.v1'
                WHEN status = 'suspended' THEN 'customers.line-suspended.v1'
                ELSE 'customers.line-reactivated.v1' END,
           organization_id, id, version, event_id, traceparent,
           (SELECT row_to_json(fact) FROM (
               SELECT id AS line_id, customer_id, version, number, plan_name, price_minor,
                      currency, status, holds, installed_on, generation, essential,
                      (SELECT ((%b::timestamptz + make_interval(secs => clock_offset_seconds))
                               AT TIME ZONE time_zone)::date
                       FROM organization WHERE organization.id = changed.organization_id)
                          AS changed_on) AS fact)
    FROM changed
)
SELECT count(*) FROM changed
"""


def newest(orders: Iterable[Order]) -> list[Order]:
    """Of several orders for one line, the one of the latest generation."""
    latest: dict[UUID, Order] = {}
    for order in orders:
        known = latest.get(order.data.line_id)
        if known is None or known.data.generation < order.data.generation:
            latest[order.data.line_id] = order
    return list(latest.values())


async def obey(tx: Connection, orders: Sequence[Order]) -> set[UUID]:
    """Obey one order per line; the lines that are not known here, of which nothing was done."""
    orders = sorted(orders, key=lambda order: order.data.line_id.int)
    lines = [order.data.line_id for order in orders]
    organizations = [order.organization for order in orders]
    found = await tx.execute(LOCK, (lines, organizations))
    await tx.execute(
        OBEY,
        (
            lines,
            organizations,
            [order.data.decision_id for order in orders],
            [order.data.generation for order in orders],
            [isinstance(order.data, LineSuspensionOrdered) for order in orders],
            [order.id for order in orders],
            [order.traceparent for order in orders],
            clock.now(),
        ),
    )
    known = await found.fetchall()
    return set(lines) - {row["line_id"] for row in known}
