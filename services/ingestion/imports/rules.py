"""When a row of a file is good, and what is wrong with it when it is not.

Pure rules: the cells of one row in, its facts or its faults out; no clock, no database.
Whatever the cells hold, the answer is one of the two. What only the owning service can
judge (a national id's check digit, a debt that contradicts an older one) is left to it.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeVar

from services.ingestion.imports.columns import LINE, Layout, plain

T = TypeVar("T")
LineState = Literal["not_installed", "active"]

LONGEST: Final = {
    "customer_ref": 100,
    "customer_name": 200,
    "national_id": 32,
    "email": 254,
    "phone": 32,
    "plan_name": 100,
    "debt_ref": 100,
    "description": 500,
}
LARGEST_LINE_NUMBER: Final = 99_999
LARGEST_INTEGER_DIGITS: Final = 12
YEARS: Final = range(1900, 2200)
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{4,30}")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
SHOWN: Final = 40


class Fault(NamedTuple):
    """One thing wrong with a row."""

    column: str | None
    message: str


@dataclass(frozen=True, slots=True)
class LineFacts:
    """The line that a row describes."""

    number: int
    plan_name: str
    price_minor: int
    installed_on: date | None
    status: LineState


@dataclass(frozen=True, slots=True)
class DebtFacts:
    """The open debt that a row describes."""

    ref: str
    amount_minor: int
    issued_on: date | None
    due_on: date
    description: str


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What a good row says: a customer, and the line and the debt it goes on about."""

    ref: str
    name: str
    national_id: str | None
    email: str | None
    phone: str | None
    line: LineFacts | None
    debt: DebtFacts | None


class RowCheck:
    """Judges the rows of one file, whose layout and currency (decimals) it knows."""

    def __init__(self, layout: Layout, decimals: int) -> None:
        self._width = len(layout.header)
        self._positions = list(layout.positions.items())
        self._decimals = decimals

    def __call__(self, cells: Sequence[str]) -> RowFacts | list[Fault]:
        """The facts of a row, or everything that is wrong with it."""
        if len(cells) < self._width or any(map(str.strip, cells[self._width :])):
            return [Fault(None, self._width_message(len(cells)))]
        row = _Row({name: text for name, at in self._positions if (text := plain(cells[at]))})
        facts = self._facts(row)
        return row.faults or facts

    def _width_message(self, width: int) -> str:
        return f"the row has {width} values where the first line names {self._width} columns"

    def _facts(self, row: "_Row") -> RowFacts:
        return RowFacts(
            ref=row.text("customer_ref", required=True),
            name=row.words("customer_name", required=True),
            national_id=row.text("national_id") or None,
            email=row.matching("email", EMAIL, "an e-mail address") or None,
            phone=row.matching("phone", PHONE, "a telephone number") or None,
            line=self._line(row),
            debt=self._debt(row),
        )

    def _line(self, row: "_Row") -> LineFacts | None:
        if "line_number" not in row.cells:
            row.useless_without("line_number", *LINE[1:])
            return None
        return LineFacts(
            number=row.read("line_number", line_number, 1),
            plan_name=row.words("plan_name", required=True, because="line_number"),
            price_minor=self._money(row, "plan_price", because="line_number"),
            installed_on=row.day("installed_on"),
            status=row.read("line_status", line_state, "active"),
        )

    def _debt(self, row: "_Row") -> DebtFacts | None:
        if "debt_ref" not in row.cells and "amount" not in row.cells:
            row.useless_without("debt_ref", "issued_on", "due_on", "description")
            return None
        because = "debt_ref" if "debt_ref" in row.cells else "amount"
        debt = DebtFacts(
            ref=row.text("debt_ref", required=True, because=because),
            amount_minor=self._money(row, "amount", because=because),
            issued_on=row.day("issued_on"),
            due_on=row.day("due_on", required=True, because=because) or date.min,
            description=row.text("description", breaks=True),
        )
        if "amount" in row.cells and debt.amount_minor == 0 and not row.faulty("amount"):
            row.fault("amount", "must be more than 0")
        if debt.issued_on and not row.faulty("due_on") and debt.issued_on > debt.due_on:
            row.fault("issued_on", "is later than due_on")
        return debt

    def _money(self, row: "_Row", column: str, *, because: str) -> int:
        def read(text: str) -> int:
            return minor(text, self._decimals)

        return row.read(column, read, 0, required=True, because=because)


class _Row:
    """The cells of a row that hold something, and the faults found so far."""

    __slots__ = ("cells", "faults")

    def __init__(self, cells: dict[str, str]) -> None:
        self.cells = cells
        self.faults: list[Fault] = []

    def fault(self, column: str | None, message: str) -> None:
        """Note something wrong."""
        self.faults.append(Fault(column, message))

    def faulty(self, column: str) -> bool:
        """Whether something is wrong with a column."""
        return any(fault.column == column for fault in self.faults)

    def read(
        self,
        column: str,
        convert: Callable[[str], T],
        default: T,
        *,
        required: bool = False,
        because: str | None = None,
    ) -> T:
        """The column's value by `convert`, whose ValueError becomes a fault."""
        text = self.cells.get(column)
        if text is None:
            if required:
                self.missing(column, because)
            return default
        try:
            return convert(text)
        except ValueError as error:
            self.fault(column, str(error))
            return default

    def text(
        self,
        column: str,
        *,
        required: bool = False,
        because: str | None = None,
        breaks: bool = False,
    ) -> str:
        """A text as it stands, within the column's length; `breaks` may be within it or not."""
        text = self.cells.get(column)
        if text is None:
            if required:
                self.missing(column, because)
            return ""
        if len(text) > LONGEST[column]:
            self.fault(column, f"is longer than {LONGEST[column]} characters")
            return ""
        if text.isascii() and text.isprintable():
            return text
        if CONTROL.search(text) or (not breaks and not text.isprintable()):
            self.fault(column, "holds a control character (a line break, a NUL or the like)")
            return ""
        return unicodedata.normalize("NFC", text)

    def missing(self, column: str, because: str | None) -> None:
        """Note that a value is required (where another one is given)."""
        self.fault(column, f"is required where {because} is given" if because else "is required")

    def words(self, column: str, *, required: bool = False, because: str | None = None) -> str:
        """A text in which any run of blanks counts as one."""
        text = self.text(column, required=required, because=because, breaks=True)
        return " ".join(text.split())

    def matching(self, column: str, pattern: re.Pattern[str], what: str) -> str:
        """A text of a given form."""
        text = self.text(column)
        if text and not pattern.fullmatch(text):
            self.fault(column, f"{shown(text)} is not {what}")
        return text

    def day(
        self, column: str, *, required: bool = False, because: str | None = None
    ) -> date | None:
        """A plain date."""
        convert: Callable[[str], date | None] = plain_date
        return self.read(column, convert, None, required=required, because=because)

    def useless_without(self, wanted: str, *columns: str) -> None:
        """A fault for `wanted` when a column says something about a thing without it."""
        given = [column for column in columns if column in self.cells]
        if given and not self.faulty(wanted):
            self.fault(wanted, f"is required where {given[0]} is given")


def shown(text: str) -> str:
    """The text in quotes, shortened, for a message."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


@lru_cache(maxsize=4096)
def plain_date(text: str) -> date:
    """A calendar date written YYYY-MM-DD; raises ValueError."""
    if len(text) == 10 and text[4] == text[7] == "-":
        try:
            day = date.fromisoformat(text)
        except ValueError:
            pass
        else:
            if day.year in YEARS:
                return day
            raise ValueError(f"{text} is not between {YEARS.start} and {YEARS.stop - 1}")
    raise ValueError(f"{shown(text)} is not a date written YYYY-MM-DD")


@lru_cache(maxsize=4096)
def minor(text: str, decimals: int) -> int:
    """An amount in minor units; `.` or `,` before the decimals, no thousands; raises ValueError."""
    whole, mark, part = text.replace(",", ".").partition(".")
    if not (text.isascii() and whole.isdigit()) or (mark and not part.isdigit()):
        example = f"25.{'0' * decimals}".rstrip(".")
        raise ValueError(f"{shown(text)} is not an amount such as {example}")
    if len(part) > decimals:
        raise ValueError(f"{shown(text)} has more than {decimals} decimals")
    if len(whole) > LARGEST_INTEGER_DIGITS:
        raise ValueError(f"{shown(text)} is too large an amount")
    return int(whole + part.ljust(decimals, "0"))


def line_number(text: str) -> int:
    """The number of a line within its customer; raises ValueError."""
    if text.isascii() and text.isdigit() and len(text) <= 6:
        number = int(text)
        if 1 <= number <= LARGEST_LINE_NUMBER:
            return number
    raise ValueError(f"{shown(text)} is not a whole number from 1 to {LARGEST_LINE_NUMBER}")


def line_state(text: str) -> LineState:
    """The status a line is taken in with; raises ValueError."""
    lowered = text.lower()
    if lowered == "active":
        return "active"
    if lowered == "not_installed":
        return "not_installed"
    raise ValueError(f"{shown(text)} is neither active nor not_installed")
