"""What becomes of a debt row: a new invoice, nothing, or a refusal that says what is on record.

Pure: rows and what is on record in, verdicts out. A file may be sent twice and a page may be
handled twice; a debt is created once, and a row that contradicts it changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from shared.contracts.customers import RowRefusal
from shared.contracts.ingestion import DebtRow
from shared.money import Money


@dataclass(frozen=True, slots=True)
class OnRecord:
    """The facts of a stored invoice that a row with its id must agree with."""

    customer_id: UUID
    total_minor: int
    currency: str
    due_on: date | None


@dataclass(slots=True)
class Verdicts:
    """What becomes of the rows of a page."""

    new: list[DebtRow] = field(default_factory=list)
    unchanged: int = 0
    refused: list[RowRefusal] = field(default_factory=list)


def judge(rows: Sequence[DebtRow], known: dict[UUID, OnRecord], currency: str) -> Verdicts:
    """Judge rows in their order; what is new is added to `known`, for the rows that follow."""
    verdicts = Verdicts()
    for row in rows:
        on_record = known.get(row.invoice_id)
        if on_record is None:
            verdicts.new.append(row)
            known[row.invoice_id] = OnRecord(
                row.customer_id, row.amount_minor, currency, row.due_on
            )
            continue
        refusal = _contradiction(row, on_record, currency)
        if refusal is None:
            verdicts.unchanged += 1
        else:
            verdicts.refused.append(refusal)
    return verdicts


def refuse_currency(rows: Sequence[DebtRow], given: str, currency: str) -> list[RowRefusal]:
    """Every row of a page in another currency than the organization's."""
    message = f"the file is in {given}, the organization bills in {currency}"
    return [RowRefusal(row=row.row, column="amount", message=message) for row in rows]


def issue_day(row: DebtRow, today: date) -> date:
    """The row's own day of issue; else today, but never after the due date."""
    return row.issued_on or min(today, row.due_on)


def _contradiction(row: DebtRow, on_record: OnRecord, currency: str) -> RowRefusal | None:
    """How the row differs from what is on record; None when it says the same."""
    if row.customer_id != on_record.customer_id:
        column, message = "debt_ref", "this reference is on record for another customer"
    elif (row.amount_minor, currency) != (on_record.total_minor, on_record.currency):
        stored = Money(on_record.total_minor, on_record.currency)
        column, message = "amount", f"this debt is on record with {stored}; it cannot be changed"
    elif row.due_on != on_record.due_on:
        column = "due_on"
        message = f"this debt is on record due {on_record.due_on}; it cannot be changed"
    else:
        return None
    return RowRefusal(row=row.row, column=column, message=message)
