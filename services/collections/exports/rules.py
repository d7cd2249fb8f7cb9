"""What can be exported, and how a cell is written.

Pure rules.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from shared.money import Money, exponent

KEPT_FOR: Final = timedelta(days=7)
MOST_ROWS: Final = 2_000_000
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it a spreadsheet takes UTF-8 for the encoding of its country."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class ExportKind(StrEnum):
    """What an export lists."""

    CASES = "cases"
    DECISIONS = "decisions"
    REMINDERS = "reminders"
    AGEING = "ageing"
    COMMISSIONS = "commissions"


class ExportStatus(StrEnum):
    """How far an export is."""

    PENDING = "pending"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


COLUMNS: Final[Mapping[ExportKind, tuple[str, ...]]] = {
    ExportKind.CASES: (
        "id",
        "customer_id",
        "customer_name",
        "line_id",
        "status",
        "stage",
        "segment",
        "opened_on",
        "cured_on",
        "currency",
        "debt",
        "oldest_due_on",
        "collector",
        "assigned_at",
        "last_contact_at",
        "next_action_on",
        "broken_promises",
    ),
    ExportKind.DECISIONS: (
        "id",
        "line_id",
        "customer_id",
        "customer_name",
        "today",
        "policy_version",
        "line_status",
        "outcome",
        "generation",
        "cause_type",
        "run_id",
        "decided_at",
    ),
    ExportKind.REMINDERS: (
        "id",
        "customer_id",
        "customer_name",
        "invoice_id",
        "number",
        "kind",
        "language",
        "currency",
        "open",
        "due_on",
        "created_at",
        "read_at",
        "channel",
        "recipient",
        "delivery",
        "attempts",
        "settled_at",
    ),
    ExportKind.AGEING: (
        "invoice_id",
        "number",
        "customer_id",
        "customer_name",
        "line_id",
        "currency",
        "open",
        "due_on",
        "days_overdue",
        "bucket",
    ),
    ExportKind.COMMISSIONS: (
        "id",
        "received_on",
        "collector_id",
        "collector",
        "case_id",
        "customer_id",
        "customer_name",
        "line_id",
        "invoice_id",
        "number",
        "payment_id",
        "currency",
        "amount",
        "commission_rate",
        "commission",
    ),
}
MONEY: Final = frozenset({"debt", "open", "amount"})
EXACT: Final = "commission"
"""Not rounded: it is the sum of them that is, once."""


def lines(kind: ExportKind, rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as lines of CSV."""
    names = COLUMNS[kind]
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([cell(name, row) for name in names])
    return out.getvalue()


def header(kind: ExportKind) -> str:
    """The first line of a file."""
    return f"{BYTE_ORDER_MARK}{','.join(COLUMNS[kind])}\r\n"


def cell(name: str, row: Mapping[str, Any]) -> str:
    """A value as a spreadsheet reads it, and never runs it (OWASP, CSV injection)."""
    value = row[name]
    match value:
        case None:
            return ""
        case int() if name in MONEY:
            return Money(value, row["currency"]).decimal_text
        case Decimal() if name == EXACT:
            return f"{value.scaleb(-exponent(row['currency'])):f}"
        case datetime():
            return value.isoformat(timespec="seconds")
        case date() | UUID() | int() | Decimal():
            return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def file_name(kind: ExportKind, on: date) -> str:
    """What a file is called when it is saved."""
    return f"{kind.value}-{on.isoformat()}.csv"


def columns_of(kind: ExportKind) -> Sequence[str]:
    """The columns of a kind."""
    return COLUMNS[kind]
