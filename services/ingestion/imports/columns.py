"""The columns a file may have, and how its first line says which it has.

Pure: text in, layout or reason out. docs/import-file.md documents what stands here.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

REQUIRED: Final = ("customer_ref", "customer_name")
DESCRIPTION: Final = ("language", "time_zone", "area", "tags")
CUSTOMER: Final = (*REQUIRED, "national_id", "email", "phone", *DESCRIPTION)
LINE: Final = ("line_number", "plan_name", "plan_price", "installed_on", "line_status", "essential")
DEBT: Final = ("debt_ref", "amount", "issued_on", "due_on", "description")
COLUMNS: Final = (*CUSTOMER, *LINE, *DEBT)
REPORT: Final = ("error_line", "error_column", "error_message")
"""What an error report puts before the columns; a corrected report may be uploaded as it is."""

BOM: Final = b"\xef\xbb\xbf"
OTHER_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
LONGEST_NAME_SHOWN: Final = 60


class FileRefused(Exception):
    """The file as a whole cannot be read; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: its delimiter, its line break, and the names in its first line."""

    delimiter: str
    newline: str
    header: tuple[str, ...]

    @property
    def positions(self) -> dict[str, int]:
        """Where each known column stands."""
        known = {*COLUMNS}
        return {name: at for at, name in enumerate(self.header) if name in known}

    def as_json(self) -> dict[str, Any]:
        """The layout as it is stored with the job."""
        return {"delimiter": self.delimiter, "newline": self.newline, "header": self.header}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The layout that `as_json` gave."""
        return cls(stored["delimiter"], stored["newline"], tuple(stored["header"]))


def sniff(start: bytes) -> tuple[str, str]:
    """The delimiter and the line break of a file that starts like this.

    `start` is the beginning of the file, a possible byte order mark included. Raises
    FileRefused for encodings that are not UTF-8.
    """
    if start.startswith(OTHER_BOMS) or b"\0" in start[:200]:
        raise FileRefused("The file is not UTF-8 text; save it as CSV with the encoding UTF-8.")
    text = start.removeprefix(BOM).decode(errors="replace")
    counts, quoted, newline = {",": 0, ";": 0}, False, "\n"
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character in counts:
            counts[character] += 1
        elif character in "\r\n":
            newline = "\n" if character == "\n" or text[at + 1 : at + 2] == "\n" else "\r"
            break
    return (";" if counts[";"] > counts[","] else ","), newline


def read_header(cells: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The names in a header and what to warn of; raises FileRefused.

    Case, surrounding blanks, and `-` or blanks instead of `_` do not matter.
    """
    header = tuple(_name(cell) for cell in cells)
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise FileRefused(
            f"The first line names no column {' and no column '.join(missing)}."
            f" Known columns: {', '.join(COLUMNS)}."
        )
    twice = sorted({name for name in header if name in COLUMNS and header.count(name) > 1})
    if twice:
        raise FileRefused(f"The first line names the column {', '.join(twice)} twice.")
    warnings = [
        f"Column {at} ({cells[at - 1].strip()[:LONGEST_NAME_SHOWN]!r}) is not known"
        " and was not read."
        for at, name in enumerate(header, start=1)
        if name and name not in COLUMNS and name not in REPORT
    ]
    return header, warnings


def _name(cell: str) -> str:
    return "_".join(cell.strip().lower().replace("-", " ").replace("_", " ").split())


def template() -> str:
    """A file to start from: every column, a customer with a line and a debt, and a second debt."""
    first = (
        "C-1001,María Pérez,1710034065,maria@example.com,+593 99 123 4567,"
        "es,America/Guayaquil,Quito norte,residential,"
        "1,Fibra 300,25.00,2026-01-15,active,no,F-2026-0001,25.00,2026-08-01,2026-08-10,August 2026"
    )
    second = first.replace("F-2026-0001", "F-2026-0002").replace("-08-", "-09-")
    return "\r\n".join([",".join(COLUMNS), first, second.replace("August", "September"), ""])


def csv_line(cells: list[str], delimiter: str = ",") -> str:
    """One line of CSV that a spreadsheet shows and never runs.

    A cell that a spreadsheet would take for a formula gets a leading apostrophe
    (OWASP, CSV injection); `plain` takes it off again.
    """
    out = _Line()
    csv.writer(out, delimiter=delimiter).writerow([guarded(cell) for cell in cells])
    return out.text


FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
GUARDED: Final = ("'=", "'+", "'-", "'@")


def guarded(cell: str) -> str:
    """The cell so that no spreadsheet runs it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def plain(cell: str) -> str:
    """The cell without surrounding blanks and without the apostrophe `guarded` gave it."""
    text = cell.strip()
    return text[1:] if text.startswith(GUARDED) else text


class _Line:
    """What csv.writer writes to."""

    text = ""

    def write(self, text: str) -> None:
        self.text += text
