"""Cursors: opaque, bound to their order, and never a way to make us fail."""

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from shared.pages import BadCursor, _decode, _encode


class Colour(StrEnum):
    RED = "red"


KEY = sa.column("id", sa.Uuid)
ID = UUID("01890000-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (sa.Text(), "ñandú"),
        (sa.BigInteger(), 2**62),
        (sa.Date(), date(2026, 8, 10)),
        (sa.DateTime(timezone=True), datetime(2026, 8, 10, 1, 2, 3, 456789, tzinfo=UTC)),
        (sa.Numeric(), Decimal("1.10")),
        (sa.Uuid(), ID),
        (sa.Boolean(), True),
        (sa.Enum(Colour), Colour.RED),
        (sa.Text(), None),
    ],
)
def test_a_cursor_brings_back_what_it_was_made_of(
    type_: sa.types.TypeEngine[Any], value: object
) -> None:
    column = sa.column("value", type_)

    assert _decode(_encode("-value", value, ID), "-value", column, KEY) == (value, ID)


def made(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "a b",
        made(1),
        made([]),
        made(["due_on", "2026-08-10", str(ID)]),
        made(["-due_on", "soon", str(ID)]),
        made(["-due_on", "2026-08-10", "1"]),
        made(["-due_on", {"a": 1}, str(ID)]),
        made(["-due_on", "2026-08-10"]),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_we_did_not_make_for_this_order_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        _decode(cursor, "-due_on", sa.column("due_on", sa.Date()), KEY)


@given(st.text(max_size=200))
def test_no_text_is_more_than_a_bad_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        _decode(text, "due_on", sa.column("due_on", sa.Date()), KEY)


@pytest.mark.parametrize(
    ("type_", "value"), [(sa.BigInteger(), 2**63), (sa.Text(), "a\x00"), (sa.Text(), "\ud800")]
)
def test_values_postgresql_cannot_hold_are_refused(
    type_: sa.types.TypeEngine[Any], value: object
) -> None:
    with pytest.raises(BadCursor):
        _decode(made(["v", value, str(ID)]), "v", sa.column("v", type_), KEY)
