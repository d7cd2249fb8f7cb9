"""When a row of a file is good, and what is wrong with it when it is not.

Pure rules: the cells of one row in, its facts or its faults out; no clock, no database.
Whatever the cells hold, the answer is one of the two. What only the owning service can
judge (a national id's check digit, a debt that contradicts an older one) is left to it.

Each cell is read by its column's reader, which raises ValueError with what is wrong; then
the row is judged by which columns hold something.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from services.ingestion.imports.columns import COLUMNS, LINE, REQUIRED, Layout, plain

LONGEST: Final = {
    "customer_ref": 100,
    "customer_name": 200,
    "national_id": 32,
    "email": 254,
    "phone": 32,
    "plan_name": 100,
    "time_zone": 64,
    "area": 100,
    "tags": 500,
    "debt_ref": 100,
    "description": 500,
}
LARGEST_LINE_NUMBER: Final = 99_999
LARGEST_INTEGER_DIGITS: Final = 12
YEARS: Final = range(1900, 2200)
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{4,30}")
TAGS_APART: Final = re.compile(r"[|\s]+")
YES_AND_NO: Final = {
    **dict.fromkeys(("yes", "true", "1", "si", "sí"), True),
    **dict.fromkeys(("no", "false", "0"), False),
}
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SHOWN: Final = 40
REMEMBERED: Final = 4096
"""Files repeat their dates, prices and plans from row to row."""


class Fault(NamedTuple):
    """One thing wrong with a row."""

    column: str | None
    message: str


class LineFacts(NamedTuple):
    """The line that a row describes."""

    number: int
    plan_name: str
    price_minor: int
    installed_on: date | None
    status: str
    essential: bool | None = None


class DebtFacts(NamedTuple):
    """The open debt that a row describes."""

    ref: str
    amount_minor: int
    issued_on: date | None
    due_on: date
    description: str


class RowFacts(NamedTuple):
    """What a good row says: a customer, and the line and the debt it goes on about."""

    ref: str
    name: str
    national_id: str | None
    email: str | None
    phone: str | None
    line: LineFacts | None
    debt: DebtFacts | None
    language: str | None = None
    time_zone: str | None = None
    area: str | None = None
    tags: tuple[str, ...] = ()


class RowCheck:
    """Judges the rows of one file, whose layout and currency (decimals) it knows."""

    def __init__(self, layout: Layout, decimals: int) -> None:
        self._width = len(layout.header)
        read = readers(decimals)
        self._columns = [(name, at, read[name]) for name, at in layout.positions.items()]

    def __call__(self, cells: Sequence[str]) -> RowFacts | list[Fault]:
        """The facts of a row, or everything that is wrong with it."""
        if len(cells) != self._width and not self._fits(cells):
            wrong = f"the row has {len(cells)} values where the first line names {self._width}"
            return [Fault(None, f"{wrong} columns")]
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for name, at, read in self._columns:
            if text := plain(cells[at]):
                try:
                    values[name] = read(text)
                except ValueError as error:
                    values[name] = None
                    faults.append(Fault(name, str(error)))
        faults += contradictions(values)
        if faults:
            return sorted(faults, key=lambda fault: COLUMNS.index(fault.column or COLUMNS[0]))
        return facts_of(values)

    def _fits(self, cells: Sequence[str]) -> bool:
        """Whether only blank cells stand beyond the last column."""
        return len(cells) > self._width and not any(map(str.strip, cells[self._width :]))


def contradictions(values: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with a row by which columns hold something; None is a faulty value."""
    for name in REQUIRED:
        if name not in values:
            yield Fault(name, "is required")
    if "line_number" in values:
        yield from _needed(values, "line_number", "plan_name", "plan_price")
    else:
        yield from _useless(values, "line_number", LINE[1:])
    if "debt_ref" in values or "amount" in values:
        because = "debt_ref" if "debt_ref" in values else "amount"
        yield from _needed(values, because, "debt_ref", "amount", "due_on")
    else:
        yield from _useless(values, "debt_ref", ("issued_on", "due_on", "description"))
    if values.get("amount") == 0:
        yield Fault("amount", "must be more than 0")
    issued_on, due_on = values.get("issued_on"), values.get("due_on")
    if issued_on and due_on and issued_on > due_on:
        yield Fault("issued_on", "is later than due_on")


def _needed(values: Mapping[str, Any], because: str, *names: str) -> Iterator[Fault]:
    for name in names:
        if name not in values:
            yield Fault(name, f"is required where {because} is given")


def _useless(values: Mapping[str, Any], without: str, names: Sequence[str]) -> Iterator[Fault]:
    """A fault for what is missing when a column speaks of a thing that is not there."""
    for name in names:
        if name in values:
            yield Fault(without, f"is required where {name} is given")
            return


def facts_of(values: Mapping[str, Any]) -> RowFacts:
    """The facts in the values of a row without faults."""
    get = values.get
    line = debt = None
    if "line_number" in values:
        line = LineFacts(
            values["line_number"],
            values["plan_name"],
            values["plan_price"],
            get("installed_on"),
            get("line_status", "active"),
            get("essential"),
        )
    if "debt_ref" in values:
        debt = DebtFacts(
            values["debt_ref"],
            values["amount"],
            get("issued_on"),
            values["due_on"],
            get("description", ""),
        )
    return RowFacts(
        values["customer_ref"],
        values["customer_name"],
        get("national_id"),
        get("email"),
        get("phone"),
        line,
        debt,
        get("language"),
        get("time_zone"),
        get("area"),
        get("tags", ()),
    )


def readers(decimals: int) -> dict[str, Callable[[str], Any]]:
    """How the cells of each column are read; each raises ValueError for what it refuses."""
    money = lru_cache(REMEMBERED)(partial(minor, decimals=decimals))
    day, number, status = lru_cache(REMEMBERED)(plain_date), line_number, line_status
    return {
        "customer_ref": partial(reference, longest=LONGEST["customer_ref"]),
        "customer_name": partial(words, longest=LONGEST["customer_name"]),
        "national_id": partial(reference, longest=LONGEST["national_id"]),
        "email": email,
        "phone": phone,
        "language": lru_cache(REMEMBERED)(language),
        "time_zone": lru_cache(REMEMBERED)(partial(reference, longest=LONGEST["time_zone"])),
        "area": lru_cache(REMEMBERED)(partial(words, longest=LONGEST["area"])),
        "tags": lru_cache(REMEMBERED)(tags),
        "line_number": lru_cache(REMEMBERED)(number),
        "plan_name": lru_cache(REMEMBERED)(partial(words, longest=LONGEST["plan_name"])),
        "plan_price": money,
        "installed_on": day,
        "line_status": lru_cache(REMEMBERED)(status),
        "essential": lru_cache(REMEMBERED)(yes_or_no),
        "debt_ref": partial(reference, longest=LONGEST["debt_ref"]),
        "amount": money,
        "issued_on": day,
        "due_on": day,
        "description": lru_cache(REMEMBERED)(partial(prose, longest=LONGEST["description"])),
    }


def reference(text: str, longest: int) -> str:
    """A text in one line, taken as it stands."""
    if len(text) > longest:
        raise ValueError(f"is longer than {longest} characters")
    if not text.isprintable():
        raise ValueError("holds a control character (a line break, a NUL or the like)")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def prose(text: str, longest: int) -> str:
    """A text that may have line breaks."""
    if len(text) > longest:
        raise ValueError(f"is longer than {longest} characters")
    if not text.isprintable() and CONTROL.search(text):
        raise ValueError("holds a control character (a NUL or the like)")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def words(text: str, longest: int) -> str:
    """A text in which any run of blanks counts as one."""
    return " ".join(prose(text, longest).split())


def email(text: str) -> str:
    """What has the form of an e-mail address."""
    if EMAIL.fullmatch(reference(text, LONGEST["email"])) is None:
        raise ValueError(f"{shown(text)} is not an e-mail address")
    return text


def phone(text: str) -> str:
    """What has the form of a telephone number."""
    if PHONE.fullmatch(reference(text, LONGEST["phone"])) is None:
        raise ValueError(f"{shown(text)} is not a telephone number")
    return text


def language(text: str) -> str:
    """The language a customer is written to in."""
    lowered = text.lower()
    if lowered not in ("es", "en"):
        raise ValueError(f"{shown(text)} is neither es nor en")
    return lowered


def tags(text: str) -> tuple[str, ...]:
    """Tags with blanks or `|` between them."""
    lowered = prose(text, LONGEST["tags"]).lower()
    return tuple(sorted({tag for tag in TAGS_APART.split(lowered) if tag}))


def yes_or_no(text: str) -> bool:
    """What is said with yes or no."""
    said = YES_AND_NO.get(text.lower())
    if said is None:
        raise ValueError(f"{shown(text)} is neither yes nor no")
    return said


def plain_date(text: str) -> date:
    """A calendar date written YYYY-MM-DD."""
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


def minor(text: str, decimals: int) -> int:
    """An amount in minor units; `.` or `,` before the decimals, no thousands separator."""
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
    """The number of a line within its customer."""
    if text.isascii() and text.isdigit() and len(text) <= 6:
        number = int(text)
        if 1 <= number <= LARGEST_LINE_NUMBER:
            return number
    raise ValueError(f"{shown(text)} is not a whole number from 1 to {LARGEST_LINE_NUMBER}")


def line_status(text: str) -> str:
    """The status a line is taken in with."""
    lowered = text.lower()
    if lowered not in ("active", "not_installed"):
        raise ValueError(f"{shown(text)} is neither active nor not_installed")
    return lowered


def shown(text: str) -> str:
    """The text in quotes, shortened, for a message."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")
