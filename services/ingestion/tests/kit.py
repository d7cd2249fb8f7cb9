"""What ingestion's tests work with: rows, files, and services that answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx

from services.ingestion.imports.columns import COLUMNS
from services.ingestion.imports.timers import read_imports
from services.ingestion.service import SERVICE
from shared.contracts.billing import DebtRowsApplied
from shared.contracts.customers import CustomerRowsApplied, RowRefusal
from shared.contracts.event import Event
from shared.contracts.ingestion import CustomerRowsAccepted, DebtRowsAccepted
from shared.testing import Running

GOOD = {
    "customer_ref": "C-1",
    "customer_name": "Ana Pérez",
    "national_id": "1710034065",
    "line_number": "1",
    "plan_name": "Fibra 300",
    "plan_price": "25.00",
    "line_status": "active",
    "debt_ref": "F-1",
    "amount": "45.50",
    "due_on": "2026-08-10",
}


def row(**changes: str) -> str:
    """A line of a file: a good customer with a line and a debt, changed as asked."""
    cells = {**GOOD, **changes}
    return ",".join(cells.get(name, "") for name in COLUMNS)


def row_of(number: int, **changes: str) -> str:
    """A good row of its own customer."""
    return row(customer_ref=f"C-{number}", debt_ref=f"F-{number}", **changes)


def customer_only(number: int) -> str:
    """A good row without a line or a debt."""
    return ",".join([f"C-{number}", "Ana", *[""] * (len(COLUMNS) - 2)])


def file_of(*rows: str) -> bytes:
    """A file of these rows under the full header."""
    return "\n".join([",".join(COLUMNS), *rows, ""]).encode()


class Peers:
    """Stands in for customers and billing: answers the pages that ingestion has emitted."""

    def __init__(self, service: Running) -> None:
        self.service = service
        self.refuse_customers: dict[int, str] = {}
        self.refuse_debts: dict[int, str] = {}
        self.unchanged = False
        self.events: list[Event[Any]] = []

    async def take(self) -> list[Event[Any]]:
        """What ingestion has emitted since last asked."""
        events = await self.service.emitted()
        self.events += events
        return events

    def answer(self, event: Event[Any]) -> CustomerRowsApplied | DebtRowsApplied:
        """What the service concerned says of a page."""
        data = event.data
        if isinstance(data, CustomerRowsAccepted):
            refused = self._refused(data.rows, self.refuse_customers, "national_id")
            good = len({r.customer_id for r in data.rows if r.row not in self.refuse_customers})
            return CustomerRowsApplied(
                import_id=data.import_id,
                page=data.page,
                created=0 if self.unchanged else good,
                updated=0,
                unchanged=good if self.unchanged else 0,
                refused=refused,
            )
        assert isinstance(data, DebtRowsAccepted)
        refused = self._refused(data.rows, self.refuse_debts, "debt_ref")
        good = len(data.rows) - len(refused)
        return DebtRowsApplied(
            import_id=data.import_id,
            page=data.page,
            created=0 if self.unchanged else good,
            unchanged=good if self.unchanged else 0,
            refused=refused,
        )

    def _refused(
        self, rows: Sequence[Any], refused: dict[int, str], column: str
    ) -> tuple[RowRefusal, ...]:
        lines = [each.row for each in rows if each.row in refused]
        return tuple(RowRefusal(row=line, column=column, message=refused[line]) for line in lines)

    async def settle(self) -> list[Event[Any]]:
        """Read and answer until nothing moves any more; all that was emitted."""
        seen: list[Event[Any]] = []
        while True:
            moved = await self.service.run_timer(read_imports)
            events = await self.take()
            seen += events
            asked = [
                e for e in events if isinstance(e.data, CustomerRowsAccepted | DebtRowsAccepted)
            ]
            if asked:
                result = await self.service.deliver(
                    *[self.answer(event) for event in asked], organization=asked[0].organization
                )
                assert not result.failures, result.failures
            if not moved and not events:
                return seen


async def upload(
    client: httpx.AsyncClient, content: bytes, name: str = "portfolio.csv", **headers: str
) -> dict[str, Any]:
    """The import an upload started."""
    answer = await client.post(
        "/imports", files={"file": (name, content, "text/csv")}, headers=headers
    )
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def state(client: httpx.AsyncClient, import_id: str | UUID) -> dict[str, Any]:
    """An import as the API shows it now."""
    answer = await client.get(f"/imports/{import_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def errors(client: httpx.AsyncClient, import_id: str) -> list[tuple[int, str | None, str]]:
    """Line, column and message of everything reported about an import."""
    answer = await client.get(f"/imports/{import_id}/errors", params={"limit": 500})
    assert answer.status_code == 200, answer.text
    return [(e["line"], e["column"], e["message"]) for e in answer.json()["items"]]


async def broken_promises(service: Running) -> list[tuple[str, Any]]:
    """The service's invariants that do not hold."""
    found: list[tuple[str, Any]] = []
    async with service.db.transaction(None) as tx:
        for invariant in SERVICE.invariants:
            rows = await (await tx.execute(invariant.sql)).fetchall()
            found += [(invariant.name, row) for row in rows]
    return found
