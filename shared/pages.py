"""Lists in pages: keyset pagination by any sortable column, ties broken by the key.

A page costs the same wherever it is, and rows added or removed elsewhere never repeat or
hide one. The cursor names the last row seen; callers pass it back unread.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar, TypeVarTuple

from fastapi import Depends, Query
from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.openapi import documented
from shared.problems import BadRequest

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
MAX_BIGINT: Final = 2**63 - 1


class Page(BaseModel, Generic[T]):
    """Some items of a list, and the cursor of the page after them (null at the end)."""

    items: list[T]
    next: str | None = Field(description="Pass it as `cursor` for the following page.")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list, in which order."""

    limit: int = 50
    cursor: str | None = None
    sort: str | None = None


class BadCursor(BadRequest):
    """The cursor is not one this list gave for this order."""

    slug = "bad-cursor"
    title = "The cursor does not fit the list"

    def __init__(self) -> None:
        super().__init__("Pass the `next` of the page before, with the same `sort`.")


class BadSort(BadRequest):
    """The list cannot be sorted like that."""

    slug = "bad-sort"
    title = "The list cannot be sorted like that"

    def __init__(self, sort: str, allowed: list[str]) -> None:
        names = ", ".join(allowed)
        super().__init__(
            f"Sort by one of {names}; put '-' before it for descending.",
            sort=sort,
            allowed=allowed,
        )


@documented(BadCursor, BadSort)
async def _paging(
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
    sort: Annotated[
        str | None, Query(max_length=100, description="A field; '-' before it descends.")
    ] = None,
) -> PageRequest:
    return PageRequest(limit, cursor, sort)


Paging = Annotated[PageRequest, Depends(_paging)]


async def paginate(
    session: AsyncSession,
    query: Select[*Ts],
    paging: PageRequest,
    *,
    sortable: Mapping[str, ColumnElement[Any]],
    default: str,
    key: ColumnElement[Any],
) -> tuple[list[Row[*Ts]], str | None]:
    """One page of `query`, and the cursor of the next one.

    `default` is a name of `sortable`, with '-' for descending; `key` is unique. Empty
    values of a nullable column come last ascending and first descending, as PostgreSQL
    sorts them, so an index on (column, key) serves both directions.
    """
    sort = paging.sort or default
    name = sort.removeprefix("-")
    if name not in sortable:
        raise BadSort(sort, sorted(sortable))
    column, descending = sortable[name], sort.startswith("-")
    width = len(query.column_descriptions)
    if paging.cursor is not None:
        value, last = _decode(paging.cursor, sort, column, key)
        query = query.where(_after(column, key, value, last, descending=descending))
    ordering = (column.desc(), key.desc()) if descending else (column.asc(), key.asc())
    extended = query.order_by(None).order_by(*ordering).limit(paging.limit + 1)
    result = await session.execute(extended.add_columns(column.label("_sort"), key.label("_key")))
    frozen = result.freeze()
    found = frozen().all()
    rows: Any = frozen().columns(*range(width)).all()[: paging.limit]
    if len(found) <= paging.limit:
        return list(rows), None
    *_, value, last = found[paging.limit - 1]
    return list(rows), _encode(sort, value, last)


def _after(
    column: ColumnElement[Any],
    key: ColumnElement[Any],
    value: Any,
    last: Any,
    *,
    descending: bool,
) -> ColumnElement[bool]:
    """The rows that follow (value, last) in PostgreSQL's own order of empty values."""
    bound_key = literal(last, key.type)
    if value is None:
        further = key < bound_key if descending else key > bound_key
        same = and_(column.is_(None), further)
        return or_(same, column.is_not(None)) if descending else same
    here, there = tuple_(column, key), tuple_(literal(value, column.type), bound_key)
    if descending:
        return here < there
    beyond = here > there
    return beyond if getattr(column, "nullable", True) is False else or_(beyond, column.is_(None))


def _encode(sort: str, value: Any, last: Any) -> str:
    text = json.dumps([sort, to_jsonable_python(value), to_jsonable_python(last)])
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _decode(
    cursor: str, sort: str, column: ColumnElement[Any], key: ColumnElement[Any]
) -> tuple[Any, Any]:
    """The sort value and key in a cursor; BadCursor for anything this list did not make."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        made_for, value, last = json.loads(text)
        if made_for != sort:
            raise BadCursor
        return _typed(value, column), _typed(last, key)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise BadCursor from error


def _typed(value: Any, column: ColumnElement[Any]) -> Any:
    """A JSON value as the column's Python type; ValueError when it is none."""
    if value is None:
        return None
    typed = TypeAdapter(column.type.python_type).validate_python(value)
    if isinstance(typed, int) and abs(typed) > MAX_BIGINT:
        raise ValueError("beyond bigint")
    if isinstance(typed, str) and b"\0" in typed.encode():  # lone surrogates raise, too
        raise ValueError("NUL")
    return typed
