"""The projections of customers and lines: newest state wins, whatever the order of facts."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from shared.contracts.customers import CustomerFacts, LineFacts
from shared.db import Connection, json_rows

CUSTOMERS: Final = """
INSERT INTO customer AS known (id, organization_id, version, name, active, email, language,
    time_zone)
SELECT DISTINCT ON (customer_id) customer_id, organization_id, version, name, active, email,
    language, time_zone
FROM json_to_recordset(%s::json) AS r(
    customer_id uuid, organization_id uuid, version bigint, name text, active boolean,
    email text, language text, time_zone text)
ORDER BY customer_id, version DESC
ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, name = excluded.name, active = excluded.active,
    email = excluded.email, language = excluded.language, time_zone = excluded.time_zone
WHERE known.version < excluded.version
"""
LINES: Final = """
INSERT INTO line AS known (id, organization_id, customer_id, version, number, status, plan_name,
    price_minor, installed_on)
SELECT DISTINCT ON (line_id) line_id, organization_id, customer_id, version, number, status,
    plan_name, price_minor, installed_on
FROM json_to_recordset(%s::json) AS r(line_id uuid, organization_id uuid, customer_id uuid,
    version bigint, number int, status text, plan_name text, price_minor bigint, installed_on date)
ORDER BY line_id, version DESC
ON CONFLICT (id) DO UPDATE SET
    customer_id = excluded.customer_id, version = excluded.version, number = excluded.number,
    status = excluded.status, plan_name = excluded.plan_name,
    price_minor = excluded.price_minor, installed_on = excluded.installed_on
WHERE known.version < excluded.version
"""
# Since when a line has had a status, on its organization's calendar: what tells served days from
# suspended ones. The fact names the day; one that does not is dated by its instant and the clock as
# it is now. A fact is left out when it follows directly on one of a line that was not
# suspended and is not suspended either: then no suspension ends with it. Run before LINES.
STATUSES: Final = """
INSERT INTO line_status (organization_id, line_id, version, status, since)
SELECT r.organization_id, r.line_id, r.version, r.status,
    coalesce(r.changed_on, ((r.at + make_interval(secs => coalesce(o.clock_offset_seconds, 0)))
        AT TIME ZONE coalesce(o.time_zone, 'UTC'))::date)
FROM json_to_recordset(%s::json) AS r(organization_id uuid, line_id uuid, version bigint,
    status text, changed_on date, at timestamptz)
LEFT JOIN organization AS o ON o.id = r.organization_id
LEFT JOIN line AS known ON known.id = r.line_id
WHERE r.status IN ('suspended', 'cancelled') OR r.version > 1 AND NOT coalesce(
    known.version = r.version - 1 AND known.status <> 'suspended', false)
ON CONFLICT DO NOTHING
"""
FIND: Final = """
SELECT c.active, l.customer_id AS line_customer_id
FROM (SELECT) AS one
LEFT JOIN customer AS c ON c.id = %(customer_id)s AND c.organization_id = %(organization_id)s
LEFT JOIN line AS l ON l.id = %(line_id)s AND l.organization_id = %(organization_id)s
"""
FIRST_PAUSE_SECONDS: Final = 0.005
LONGEST_PAUSE_SECONDS: Final = 0.16
PATIENCE_SECONDS: Final = 1.0


async def put_customers(tx: Connection, facts: Sequence[tuple[UUID, CustomerFacts]]) -> None:
    """Keep what is newer than what is known; facts come with their organization."""
    if facts:
        rows = [
            {
                "customer_id": fact.customer_id,
                "organization_id": organization_id,
                "version": fact.version,
                "name": fact.name,
                "active": fact.active,
                "email": fact.email,
                "language": fact.language,
                "time_zone": fact.time_zone,
            }
            for organization_id, fact in facts
        ]
        await tx.execute(CUSTOMERS, (json_rows(rows),))


async def put_lines(tx: Connection, facts: Sequence[tuple[UUID, datetime, LineFacts]]) -> None:
    """Keep what is newer than what is known; facts come with their organization and instant."""
    if facts:
        rows = [
            {
                "line_id": fact.line_id,
                "organization_id": organization_id,
                "customer_id": fact.customer_id,
                "version": fact.version,
                "number": fact.number,
                "status": fact.status,
                "plan_name": fact.plan_name,
                "price_minor": fact.price_minor,
                "installed_on": fact.installed_on,
                "changed_on": fact.changed_on,
                "at": at,
            }
            for organization_id, at, fact in facts
        ]
        written = json_rows(rows)
        await tx.execute(STATUSES, (written,))
        await tx.execute(LINES, (written,))


async def find(
    tx: Connection, organization_id: UUID, customer_id: UUID, line_id: UUID | None
) -> Mapping[str, Any]:
    """`active` of the customer and `line_customer_id` of the line; None for what is unknown.

    Customers and lines become known by events, so one that was created a moment ago is
    waited for, a second at most. Each look sees what other transactions have committed.
    """
    names = {"organization_id": organization_id, "customer_id": customer_id, "line_id": line_id}
    pause, waited = FIRST_PAUSE_SECONDS, 0.0
    while True:
        row = await (await tx.execute(FIND, names)).fetchone()
        assert row is not None
        known = row["active"] is not None and (line_id is None or row["line_customer_id"])
        if known or waited >= PATIENCE_SECONDS:
            return row
        await asyncio.sleep(pause)
        waited += pause
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
