"""Do the services' books agree? Every difference is printed; none means they do.

Each service publishes books (what it believes about invoices, lines, orders) and
invariants (what must hold inside it: collections judges everybody again, for one). This reads
them all through the gateway, joins the books that speak of the same thing row by row, and asks
each service for its invariants. Books are snapshots taken one after the other: on a busy
system a difference may be an event on its way, so differences are looked at again after a
pause and only those that stay count.

`make verify`; exit code 1 when something differs.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx
import orjson

SERVICES: Final = ("customers", "billing", "payments", "collections", "ingestion")
LOOKS: Final = 3
PAUSE_SECONDS: Final = 3.0
MOST_PRINTED: Final = 200

Row = dict[str, Any]


class Books(Protocol):
    """Where books and invariants are read: over HTTP, or in tests from databases."""

    def read(self, service: str, book: str) -> AsyncIterator[Row]:
        """The rows of a book in the order of its key."""

    async def broken(self, service: str) -> list[str]:
        """The invariants of a service that do not hold, with a row that shows it."""


@dataclass(frozen=True, slots=True)
class Account:
    """A book, and the facts of a row under the names on which books agree."""

    service: str
    book: str
    key: str
    facts: Callable[[Row], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two books about the same things. `relevant` says which rows both must have."""

    name: str
    left: Account
    right: Account
    relevant: Callable[[Row], bool] = lambda row: True


def _invoice(row: Row) -> Mapping[str, Any]:
    return _asked(row, voided=row["document"] == "void")


def _owed(row: Row) -> Mapping[str, Any]:
    return _asked(row, voided=bool(row["voided"]))


def _asked(row: Row, *, voided: bool) -> Mapping[str, Any]:
    """The terms of `open = total - credited - (written off - recovered) - allocated`."""
    return {"customer": row["customer_id"], "total": row["total_minor"], "void": voided} | {
        term: 0 if voided else row[f"{term}_minor"]
        for term in ("credited", "written_off", "recovered", "allocated", "open")
    }


def _money(row: Row) -> Mapping[str, Any]:
    """Where a payment's money is; what is neither allocated nor returned is account credit."""
    return {"customer": row["customer_id"]} | {
        term: row[f"{term}_minor"] for term in ("amount", "allocated", "returned")
    }


def _line(row: Row) -> Mapping[str, Any]:
    cancelled = row["status"] == "cancelled"
    return {"held": None if cancelled else row["non_payment"], "generation": row["generation"]}


def _order(row: Row) -> Mapping[str, Any]:
    cancelled = row["status"] == "cancelled"
    held = None if cancelled else row["ordered"] == "suspend"
    return {"held": held, "generation": row["generation"]}


INVOICES: Final = Account("billing", "invoices", "invoice_id", _invoice)
RECEIVABLES: Final = Account("payments", "receivables", "invoice_id", _owed)
DEBTS: Final = Account("collections", "debts", "invoice_id", _owed)
PAYMENTS: Final = Account("payments", "payments", "payment_id", _money)
STATED: Final = Account("billing", "payments", "payment_id", _money)
LINES: Final = Account("customers", "lines", "line_id", _line)
ENFORCEMENT: Final = Account("collections", "enforcement", "line_id", _order)
AGREEMENTS: Final = (
    Agreement(
        "billing's issued invoices are payments' receivables",
        INVOICES,
        RECEIVABLES,
        lambda row: row.get("document") != "draft",
    ),
    Agreement("payments' receivables are collections' debts", RECEIVABLES, DEBTS),
    Agreement("the payments of payments are those of billing's statements", PAYMENTS, STATED),
    Agreement("customers' non_payment holds are collections' orders", LINES, ENFORCEMENT),
)


async def differences(books: Books, agreement: Agreement) -> dict[str, str]:
    """What the two books do not agree on, by key."""
    found: dict[str, str] = {}
    left, right = agreement.left, agreement.right
    async for key, ours, theirs in _joined(books, agreement):
        if ours is None or theirs is None:
            has, lacks = (left, right) if theirs is None else (right, left)
            row = ours or theirs
            assert row is not None
            found[key] = f"in {has.service} {dict(has.facts(row))}, not in {lacks.service}"
            continue
        mine, other = left.facts(ours), right.facts(theirs)
        differing = [
            f"{name} is {mine[name]} in {left.service} and {other[name]} in {right.service}"
            for name in mine
            if mine[name] != other[name]
        ]
        if differing:
            found[key] = "; ".join(differing)
    return found


async def _joined(
    books: Books, agreement: Agreement
) -> AsyncIterator[tuple[str, Row | None, Row | None]]:
    """Both books side by side by key: a merge of two ordered streams, one row in memory each."""
    sides = [
        _relevant(books.read(account.service, account.book), agreement.relevant)
        for account in (agreement.left, agreement.right)
    ]
    ours, theirs = [await anext(side, None) for side in sides]
    while ours is not None or theirs is not None:
        left_key = _key(ours, agreement.left)
        right_key = _key(theirs, agreement.right)
        key = min(left_key, right_key)
        yield (
            key[-1],
            ours if left_key == key else None,
            theirs if right_key == key else None,
        )
        if left_key == key:
            ours = await anext(sides[0], None)
        if right_key == key:
            theirs = await anext(sides[1], None)


LAST: Final = ("g", "g")  # after every hexadecimal digit


def _key(row: Row | None, account: Account) -> tuple[str, str]:
    return LAST if row is None else (row["organization_id"], row[account.key])


async def _relevant(
    rows: AsyncIterator[Row], relevant: Callable[[Row], bool]
) -> AsyncIterator[Row]:
    async for row in rows:
        if relevant(row):
            yield row


async def verify(books: Books, *, looks: int = LOOKS, pause: float = PAUSE_SECONDS) -> list[str]:
    """Every lasting difference and broken invariant, as sentences; empty when all agree."""
    problems: list[str] = []
    for agreement in AGREEMENTS:
        lasting = await differences(books, agreement)
        for _ in range(looks - 1):
            if not lasting:
                break
            await asyncio.sleep(pause)
            now = await differences(books, agreement)
            lasting = {key: now[key] for key in lasting.keys() & now.keys()}
        problems += [f"{agreement.name}: {key}: {text}" for key, text in lasting.items()]
    for service in SERVICES:
        problems += [f"{service}: {broken}" for broken in await books.broken(service)]
    return problems


class HttpBooks:
    """Books read through the gateway's administrative endpoints."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def read(self, service: str, book: str) -> AsyncIterator[Row]:
        """Stream a book, line by line."""
        path = f"/api/v1/admin/{service}/books/{book}"
        async with self._client.stream("GET", path, timeout=600.0) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if line:
                    yield orjson.loads(line)

    async def broken(self, service: str) -> list[str]:
        """Ask the service for its invariants."""
        path = f"/api/v1/admin/{service}/invariants"
        answer = await self._client.get(path, timeout=600.0)
        answer.raise_for_status()
        return [
            f"{invariant['name']}: {violation}"
            for invariant in answer.json()
            for violation in invariant["violations"]
        ]


async def verify_over_http(gateway_url: str, email: str, password: str) -> list[str]:
    """Verify a running system as its platform administrator."""
    async with httpx.AsyncClient(base_url=gateway_url, timeout=30.0) as client:
        login = {"email": email, "password": password}
        answer = await client.post("/api/v1/auth/login", json=login)
        answer.raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return await verify(HttpBooks(client))


def report(problems: Sequence[str]) -> None:
    """Say it."""
    if not problems:
        sys.stdout.write("the books agree: no difference, every invariant holds\n")
        return
    for problem in problems[:MOST_PRINTED]:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"{len(problems)} differences\n")


def main() -> None:
    """Verify the system that the environment names."""
    problems = asyncio.run(
        verify_over_http(
            os.environ.get("DUESLINE_GATEWAY_URL", "http://127.0.0.1:8080"),
            os.environ["DUESLINE_ADMIN_EMAIL"],
            os.environ["DUESLINE_ADMIN_PASSWORD"],
        )
    )
    report(problems)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
