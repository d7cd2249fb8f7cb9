"""A page of a file: its rows told apart into what is handed on and what is refused.

Pure: records in, page out. The ids of what a row names are derived here, so that every
service that hears of the row agrees on them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypedDict
from uuid import UUID

from pydantic import TypeAdapter

from services.ingestion.files.records import Record
from services.ingestion.imports.rules import Fault, LineFacts, RowCheck, RowFacts
from shared.contracts.ingestion import CustomerRow, DebtRow, LineRow
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
    """What some consecutive records of a file came to."""

    rows: int = 0
    blank: int = 0
    invalid: int = 0
    customers: list[CustomerRow] = field(default_factory=list)
    debts: list[DebtRow] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


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
        customer_id = derived_id(self._organization_id, "customer", facts.ref)
        line = self._line(facts.ref, facts.line) if facts.line else None
        page.customers.append(
            CustomerRow(
                row=row,
                customer_id=customer_id,
                external_ref=facts.ref,
                name=facts.name,
                national_id=facts.national_id,
                email=facts.email,
                phone=facts.phone,
                line=line,
            )
        )
        if facts.debt:
            page.debts.append(
                DebtRow(
                    row=row,
                    invoice_id=derived_id(self._organization_id, "invoice", facts.debt.ref),
                    external_ref=facts.debt.ref,
                    customer_id=customer_id,
                    line_id=line.line_id if line else None,
                    amount_minor=facts.debt.amount_minor,
                    issued_on=facts.debt.issued_on,
                    due_on=facts.debt.due_on,
                    description=facts.debt.description,
                )
            )

    def _line(self, customer_ref: str, line: LineFacts) -> LineRow:
        ref = f"{customer_ref}/{line.number}"
        return LineRow(
            line_id=derived_id(self._organization_id, "line", ref),
            number=line.number,
            plan_name=line.plan_name,
            price_minor=line.price_minor,
            installed_on=line.installed_on,
            status=line.status,
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
