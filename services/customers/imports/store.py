"""Queries that read and write a page of customers and lines as sets.

A first file fills empty tables faster than PostgreSQL learns their size. So what is looked
up is looked up along its unique index, one after the other (LATERAL; `IS TRUE` keeps the
index of the organization, which would find everything, out of it), and the plan of a page
is made for that page (`prepare=False`).
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from services.customers.customers.rules import Details, search_text
from services.customers.imports.rules import Known, KnownLine, Outcome, ReadRow
from services.customers.lines.rules import Change, LineEvent
from shared.contracts.customers import CustomerFacts, LineFacts
from shared.db import Connection

CUSTOMERS: Final = """
SELECT found.* FROM unnest(%b::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT id AS customer_id, version, name, national_id, email, phone, external_ref, active,
           language, time_zone, area, tags
    FROM customer WHERE id = wanted.id AND (organization_id = %s) IS TRUE
    FOR NO KEY UPDATE
) AS found
"""
LINES: Final = """
SELECT found.* FROM unnest(%b::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT id AS line_id, customer_id, version, number, plan_name, price_minor, currency, status,
           holds, installed_on, generation, essential,
           activated_at IS NOT NULL AS activated
    FROM line WHERE id = wanted.id AND (organization_id = %s) IS TRUE
    FOR NO KEY UPDATE
) AS found
"""
OWNERS: Final = """
SELECT found.* FROM unnest(%b::text[]) AS wanted (national_id) CROSS JOIN LATERAL (
    SELECT national_id, id FROM customer
    WHERE customer.national_id = wanted.national_id AND organization_id = %s
    LIMIT 1
) AS found
"""
INSERT_CUSTOMERS: Final = """
INSERT INTO customer (organization_id, id, version, name, national_id, email, phone, external_ref,
                      language, time_zone, area, tags, search_text)
SELECT %s, id, version, name, national_id, email, phone, external_ref, language, time_zone, area,
       string_to_array(tags, ' '), search_text
FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
            %b::text[], %b::text[], %b::text[], %b::text[], %b::text[])
     AS new(id, version, name, national_id, email, phone, language, time_zone, area, tags,
            external_ref, search_text)
"""
UPDATE_CUSTOMERS: Final = """
UPDATE customer SET version = new.version, name = new.name, national_id = new.national_id,
                    email = new.email, phone = new.phone, language = new.language,
                    time_zone = new.time_zone, area = new.area,
                    tags = string_to_array(new.tags, ' '), search_text = new.search_text,
                    updated_at = now()
FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
            %b::text[], %b::text[], %b::text[], %b::text[])
     AS new(id, version, name, national_id, email, phone, language, time_zone, area, tags,
            search_text)
WHERE customer.id = new.id AND (customer.organization_id = %s) IS TRUE
"""
INSERT_LINES: Final = """
INSERT INTO line (organization_id, activated_at, id, customer_id, version, number, plan_name,
                  price_minor, currency, installed_on, essential)
SELECT %s, CASE WHEN status = 'active' THEN now() END, id, customer_id, version, number,
       plan_name, price_minor, currency, installed_on, essential
FROM unnest(%b::uuid[], %b::uuid[], %b::bigint[], %b::int[], %b::text[], %b::bigint[],
            %b::text[], %b::date[], %b::boolean[], %b::text[])
     AS new(id, customer_id, version, number, plan_name, price_minor, currency, installed_on,
            essential, status)
"""
UPDATE_LINES: Final = """
UPDATE line SET version = new.version, plan_name = new.plan_name, price_minor = new.price_minor,
    installed_on = new.installed_on, essential = new.essential, updated_at = now(),
    activated_at = CASE WHEN new.activated THEN coalesce(activated_at, now())
                        ELSE activated_at END
FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bigint[], %b::date[],
            %b::boolean[], %b::boolean[])
     AS new(id, version, plan_name, price_minor, installed_on, essential, activated)
WHERE line.id = new.id AND (line.organization_id = %s) IS TRUE
"""
HISTORY: Final = """
INSERT INTO line_history (organization_id, import_id, line_id, version, change, from_status,
                          to_status)
SELECT %s, %s, * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::text[])
"""

_number = attrgetter("int")
"""The order of ids in which rows are locked and written; PostgreSQL's own, and quick to compare."""


async def read_known(
    tx: Connection,
    organization_id: UUID,
    rows: Sequence[ReadRow],
) -> Known:
    """What is stored of what the rows name: customers and lines locked, each in order of id."""
    ids = sorted({read.row.customer_id for read in rows}, key=_number)
    line_ids = sorted({read.row.line.line_id for read in rows if read.row.line}, key=_number)
    national_ids = sorted({read.details.national_id for read in rows if read.details.national_id})
    customers = await _all(tx, CUSTOMERS, organization_id, ids)
    lines = await _all(tx, LINES, organization_id, line_ids)
    owners = await _all(tx, OWNERS, organization_id, national_ids)
    return Known(
        customers={
            row["customer_id"]: CustomerFacts.model_construct(**row | {"tags": tuple(row["tags"])})
            for row in customers
        },
        lines={
            row["line_id"]: KnownLine(LineFacts.model_validate(row), row["activated"])
            for row in lines
        },
        owners={row["national_id"]: row["id"] for row in owners},
    )


async def _all(tx: Connection, query: str, organization_id: UUID, keys: Any) -> list[Any]:
    if not keys:
        return []
    return await (await tx.execute(query, (keys, organization_id), prepare=False)).fetchall()


async def write(tx: Connection, organization_id: UUID, import_id: UUID, outcome: Outcome) -> None:
    """Store what a page came to: a set at a time, in order of id.

    In a pipeline: the server works on one set while the next one is being written down.
    """
    customers = sorted(outcome.customers.values(), key=lambda facts: facts.customer_id.int)
    async with tx.pipeline():
        await _insert_customers(tx, organization_id, [one for one in customers if one.version == 1])
        await _update_customers(tx, organization_id, [one for one in customers if one.version > 1])
        changed = sorted(outcome.lines.values(), key=lambda made: made[0].line_id.int)
        await _insert_lines(
            tx, organization_id, [facts for facts, change in changed if change.before is None]
        )
        await _update_lines(
            tx, organization_id, [made for made in changed if made[1].before is not None]
        )
        if changed:
            await tx.execute(
                HISTORY,
                (
                    organization_id,
                    import_id,
                    [facts.line_id for facts, _ in changed],
                    [facts.version for facts, _ in changed],
                    [change.event for _, change in changed],
                    [change.before for _, change in changed],
                    [change.after for _, change in changed],
                ),
            )


async def _insert_customers(
    tx: Connection, organization_id: UUID, new: list[CustomerFacts]
) -> None:
    if not new:
        return
    await tx.execute(
        INSERT_CUSTOMERS,
        (
            organization_id,
            *_columns_of(new),
            [one.external_ref for one in new],
            [_search_text(one) for one in new],
        ),
    )


async def _update_customers(
    tx: Connection, organization_id: UUID, changed: list[CustomerFacts]
) -> None:
    if not changed:
        return
    await tx.execute(
        UPDATE_CUSTOMERS,
        (
            *_columns_of(changed),
            [_search_text(one) for one in changed],
            organization_id,
        ),
        prepare=False,
    )


def _columns_of(customers: list[CustomerFacts]) -> list[list[Any]]:
    """What new and changed customers are written with alike; tags joined, one text each."""
    return [
        [one.customer_id for one in customers],
        [one.version for one in customers],
        [one.name for one in customers],
        [one.national_id for one in customers],
        [one.email for one in customers],
        [one.phone for one in customers],
        [one.language for one in customers],
        [one.time_zone for one in customers],
        [one.area for one in customers],
        [" ".join(one.tags) for one in customers],
    ]


async def _insert_lines(tx: Connection, organization_id: UUID, new: list[LineFacts]) -> None:
    if not new:
        return
    await tx.execute(
        INSERT_LINES,
        (
            organization_id,
            [one.line_id for one in new],
            [one.customer_id for one in new],
            [one.version for one in new],
            [one.number for one in new],
            [one.plan_name for one in new],
            [one.price_minor for one in new],
            [one.currency for one in new],
            [one.installed_on for one in new],
            [one.essential for one in new],
            [one.status for one in new],
        ),
    )


async def _update_lines(
    tx: Connection, organization_id: UUID, changed: list[tuple[LineFacts, Change]]
) -> None:
    if not changed:
        return
    await tx.execute(
        UPDATE_LINES,
        (
            [facts.line_id for facts, _ in changed],
            [facts.version for facts, _ in changed],
            [facts.plan_name for facts, _ in changed],
            [facts.price_minor for facts, _ in changed],
            [facts.installed_on for facts, _ in changed],
            [facts.essential for facts, _ in changed],
            [change.event is LineEvent.ACTIVATED for _, change in changed],
            organization_id,
        ),
        prepare=False,
    )


def _search_text(facts: CustomerFacts) -> str:
    details = Details(facts.name, facts.national_id, facts.email, facts.phone)
    return search_text(details, facts.external_ref)
