"""A statement read from the database: figures, pages, or every row as a stream."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.billing.statements import sql
from services.billing.statements.rules import (
    CustomerSum,
    Kind,
    KindSum,
    Movement,
    Place,
    Scope,
    Standing,
    Sums,
)
from shared.db import Connection

LOWEST: Final = UUID(int=0)
AT_ONCE: Final = 1000
BEGINNING: Final = "-infinity"


@dataclass(frozen=True, slots=True)
class Whole:
    """Figures and the first rows of each list, all of one moment."""

    sums: Sums
    movements: list[Movement]
    invoices: list[Standing]
    customers: list[CustomerSum]


def _names(scope: Scope) -> dict[str, Any]:
    return {
        "organization_id": scope.organization_id,
        "customer_id": scope.customer_id,
        "currency": scope.currency,
        "from_on": scope.from_on or BEGINNING,
        "until": scope.until,
        "known_at": scope.known_at or "infinity",
        "last_on": BEGINNING,
        "last_rank": 0,
        "last_id": LOWEST,
        "last_issued_on": BEGINNING,
        "last_invoice_id": LOWEST,
        "last_name": "",
        "last_customer_id": LOWEST,
    }


async def whole(tx: Connection, scope: Scope, most: int) -> Whole:
    """Figures and up to `most` rows of each list."""
    query = sql.whole(customer=scope.customer_id is not None)
    cursor = await tx.execute(query, _names(scope) | {"most": most})
    row = await cursor.fetchone()
    assert row is not None
    return Whole(
        _sums(row),
        [_movement(_parsed(each)) for each in row["movements"]],
        [_standing(_parsed(each)) for each in row["invoices_page"]],
        [_customer(_parsed(each)) for each in row.get("customers_page", ())],
    )


async def sums(tx: Connection, scope: Scope) -> Sums:
    """The figures alone."""
    query = sql.sums(customer=scope.customer_id is not None)
    row = await (await tx.execute(query, _names(scope))).fetchone()
    assert row is not None
    return _sums(row)


async def movements(tx: Connection, scope: Scope, after: Place, most: int) -> list[Movement]:
    """The movements after a place."""
    names = _names(scope) | {
        "last_on": after.moved_on,
        "last_rank": after.rank,
        "last_id": after.id,
        "most": most,
    }
    query = sql.movements(customer=scope.customer_id is not None) + " LIMIT %(most)s"
    return [_movement(row) for row in await (await tx.execute(query, names)).fetchall()]


async def invoices(
    tx: Connection, scope: Scope, after: tuple[date, UUID], most: int
) -> list[Standing]:
    """The invoices after a place."""
    names = _names(scope) | {"last_issued_on": after[0], "last_invoice_id": after[1], "most": most}
    query = sql.invoices(customer=scope.customer_id is not None) + " LIMIT %(most)s"
    return [_standing(row) for row in await (await tx.execute(query, names)).fetchall()]


async def customers(
    tx: Connection, scope: Scope, after: tuple[str, UUID], most: int
) -> list[CustomerSum]:
    """The customers after a place."""
    names = _names(scope) | {"last_name": after[0], "last_customer_id": after[1], "most": most}
    query = sql.customers() + " LIMIT %(most)s"
    return [_customer(row) for row in await (await tx.execute(query, names)).fetchall()]


async def every_movement(tx: Connection, scope: Scope) -> AsyncIterator[list[Movement]]:
    """All movements of the period some at a time, through a cursor: memory stays small."""
    query = sql.movements(customer=scope.customer_id is not None)
    async for rows in _streamed(tx, query, scope):
        yield [_movement(row) for row in rows]


async def every_invoice(tx: Connection, scope: Scope) -> AsyncIterator[list[Standing]]:
    """All invoices of the period some at a time, through a cursor."""
    query = sql.invoices(customer=scope.customer_id is not None)
    async for rows in _streamed(tx, query, scope):
        yield [_standing(row) for row in rows]


async def _streamed(
    tx: Connection, query: str, scope: Scope
) -> AsyncIterator[list[dict[str, Any]]]:
    async with tx.cursor(name="statement") as cursor:
        await cursor.execute(query, _names(scope))
        while rows := await cursor.fetchmany(AT_ONCE):
            yield rows


def _sums(row: Mapping[str, Any]) -> Sums:
    kinds = tuple(
        KindSum(Kind(each["kind"]), each["count"], each["amount_minor"]) for each in row["kinds"]
    )
    return Sums(
        opening_minor=row["opening_minor"],
        kinds=kinds,
        invoices=row["invoices"],
        open_minor=row["open_minor"],
        overdue_minor=row["overdue_minor"],
        customers=row["customers"],
        recorded_through=row["recorded_through"],
    )


def _parsed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row that came as JSON, with the types a row of a query has."""
    parsed = dict(row)
    for name, value in row.items():
        if value is None:
            continue
        if name == "recorded_at":
            parsed[name] = datetime.fromisoformat(value)
        elif name.endswith("_on"):
            parsed[name] = date.fromisoformat(value)
        elif name == "id" or name.endswith("_id"):
            parsed[name] = UUID(value)
    return parsed


def _movement(row: Mapping[str, Any]) -> Movement:
    return Movement(**{**row, "kind": Kind(row["kind"])})


def _standing(row: Mapping[str, Any]) -> Standing:
    amounts = {name: int(value) for name, value in row.items() if name.endswith("_minor")}
    return Standing(**(dict(row) | amounts))


def _customer(row: Mapping[str, Any]) -> CustomerSum:
    return CustomerSum(**row)


CUSTOMER: Final = """
SELECT c.name, c.email, c.language, coalesce(a.currency, %(default)s) AS currency
FROM customer AS c
LEFT JOIN billing_account AS a
    ON a.organization_id = c.organization_id AND a.customer_id = c.id
WHERE c.id = %(customer_id)s AND c.organization_id = %(organization_id)s
"""


async def customer(
    tx: Connection, organization_id: UUID, customer_id: UUID, default: str
) -> Mapping[str, Any] | None:
    """Name, address, language and currency of a customer."""
    names = {"organization_id": organization_id, "customer_id": customer_id, "default": default}
    return await (await tx.execute(CUSTOMER, names)).fetchone()
