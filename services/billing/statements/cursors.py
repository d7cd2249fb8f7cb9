"""The places between the pages of a statement's lists, as callers pass them back unread.

A cursor of movements carries the balance it stands at, and every cursor the instant of
knowledge of its first page: what becomes known meanwhile moves no page. Who forges one
deceives nobody but himself.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.billing.statements.rules import Place
from shared.pages import MAX_BIGINT, BadCursor

WIDTHS: Final = {"m": 5, "i": 3, "c": 3}


def write(kind: str, known_at: datetime, *values: Any) -> str:
    """A cursor of one list: `m`ovements, `i`nvoices or `c`ustomers."""
    text = json.dumps([kind, known_at.isoformat(), *map(str, values)])
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def movement_place(cursor: str) -> tuple[datetime, Place]:
    """The instant and the place of a cursor of movements; raises BadCursor."""
    known_at, (moved_on, rank, id_, balance) = _read("m", cursor)
    try:
        place = Place(date.fromisoformat(moved_on), int(rank), UUID(id_), int(balance))
    except ValueError as error:
        raise BadCursor from error
    if not (0 <= place.rank <= 9 and abs(place.balance_minor) <= MAX_BIGINT):
        raise BadCursor
    return known_at, place


def invoice_place(cursor: str) -> tuple[datetime, tuple[date, UUID]]:
    """The instant and the place of a cursor of invoices; raises BadCursor."""
    known_at, (issued_on, id_) = _read("i", cursor)
    try:
        return known_at, (date.fromisoformat(issued_on), UUID(id_))
    except ValueError as error:
        raise BadCursor from error


def customer_place(cursor: str) -> tuple[datetime, tuple[str, UUID]]:
    """The instant and the place of a cursor of customers; raises BadCursor."""
    known_at, (name, id_) = _read("c", cursor)
    if "\0" in name:
        raise BadCursor
    try:
        name.encode()
        return known_at, (name, UUID(id_))
    except ValueError as error:
        raise BadCursor from error


def _read(kind: str, cursor: str) -> tuple[datetime, Sequence[str]]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        made_for, known_at, *values = json.loads(text)
        instant = datetime.fromisoformat(known_at)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise BadCursor from error
    whole = len(values) == WIDTHS[kind] - 1 and all(isinstance(value, str) for value in values)
    if made_for != kind or instant.tzinfo is None or not whole:
        raise BadCursor
    return instant, values
