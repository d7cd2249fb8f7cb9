"""A page of a file: its rows told apart into what is handed on and what is refused.

Pure: records in, page out. The ids of what a row names are derived here, so that every
service that hears of the row agrees on them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypedDict
from uuid import UUID

from pydantic import TypeAdapter

from services.ingestion.files.records import Record
from services.ingestion.imports.rules import Fault, RowCheck, RowFacts
from shared.contracts.ingestion import DebtRow
from shared.ids import Kind, external_id

DEBT_ROWS: Final = TypeAdapter(tuple[DebtRow, ...])
UNSTORABLE: Final = str.maketrans({"\0": "\N{SYMBOL FOR NULL}"})


class Refused(TypedDict):
    """One thing wrong with a row, as it is stored."""

    line: int
    no: int
    source: str
    column: str | None
    message: str
    fields: list[str] | None


@dataclass(slots=True)
class Page:
    """What some consecutive records of a file came to.

    `customers` and `debts` hold the members of CustomerRow and DebtRow: they are validated
    as the contracts' when they are written, a page at once.
    """

    rows: int = 0
    blank: int = 0
    invalid: int = 0
    customers: list[dict[str, Any]] = field(default_factory=list)
    debts: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def debts_json(self) -> str | None:
        """The debts as they wait for customers' answer."""
        rows = DEBT_ROWS.validate_python(self.debts)
        return DEBT_ROWS.dump_json(rows).decode() if rows else None


class PageMaker:
    """Makes pages of the records of one organization's file."""

    def __init__(self, organization_id: UUID, check: RowCheck) -> None:
        self._organization_id = organization_id
        self._check = check

    def make(self, records: Iterable[Record]) -> Page:
        """The page of these records: each is blank, refused, or handed on."""
        page = Page()
        for record in records:
            if record.blank:
                page.blank += 1
                continue
            page.rows += 1
            found = [Fault(None, record.problem)] if record.problem else self._check(record.fields)
            if isinstance(found, RowFacts):
                self._hand_on(page, record.line, found)
            else:
                page.invalid += 1
                page.refused += refusals(record, "file", found)
        return page

    def _hand_on(self, page: Page, row: int, facts: RowFacts) -> None:
        organization_id = self._organization_id
        customer_id = derived_id(organization_id, "customer", facts.ref)
        line, debt, line_id = facts.line, facts.debt, None
        if line:
            line_id = derived_id(organization_id, "line", f"{facts.ref}/{line.number}")
        page.customers.append(
            {
                "row": row,
                "customer_id": customer_id,
                "external_ref": facts.ref,
                "name": facts.name,
                "national_id": facts.national_id,
                "email": facts.email,
                "phone": facts.phone,
                "line": line and {"line_id": line_id, **line._asdict()},
                "language": facts.language,
                "time_zone": facts.time_zone,
                "area": facts.area,
                "tags": facts.tags,
            }
        )
        if debt:
            page.debts.append(
                {
                    "row": row,
                    "invoice_id": external_id(organization_id, "invoice", debt.ref),
                    "external_ref": debt.ref,
                    "customer_id": customer_id,
                    "line_id": line_id,
                    "amount_minor": debt.amount_minor,
                    "issued_on": debt.issued_on,
                    "due_on": debt.due_on,
                    "description": debt.description,
                }
            )


@lru_cache(maxsize=2048)
def derived_id(organization_id: UUID, kind: Kind, ref: str) -> UUID:
    """`external_id`, remembered for the neighbouring rows that name the same thing."""
    return external_id(organization_id, kind, ref)


def refusals(record: Record, source: str, faults: Iterable[Fault]) -> list[Refused]:
    """The faults of a record as they are stored: its fields with the first of them."""
    fields = [text.translate(UNSTORABLE) for text in record.fields]
    message = f" (the row goes on to line {record.last_line})"
    return [
        Refused(
            line=record.line,
            no=no,
            source=source,
            column=fault.column,
            message=fault.message + (message if record.last_line > record.line else ""),
            fields=None if no else fields,
        )
        for no, fault in enumerate(faults)
    ]
