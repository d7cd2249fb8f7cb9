"""Scores in SQL, and lists in their order.

A score is of a day: it grows by itself at every midnight. So a list by score keeps the day it
was begun on in its cursor, and all its pages speak of that day: between them only what was
done to a case moves it, as in any other order. Nothing of a day can be in an index; the open
cases of an organization are read and the best of them kept, before any name is looked up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Integer, case, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.cases.model import Case
from services.collections.cases.rules import CaseStatus
from services.collections.cases.urgency import Weights
from shared.pages import BadCursor, PageRequest, paginate
from shared.tenancy import Organization


@dataclass(frozen=True, slots=True)
class Scale:
    """By which weights, and as of which day of the organization's calendar."""

    weights: Weights
    organization: Organization
    as_of: date


def score(scale: Scale) -> ColumnElement[int]:
    """services.collections.cases.urgency.score in SQL."""
    weights = scale.weights
    last_contact = cast(func.timezone(scale.organization.time_zone, Case.last_contact_at), Date)
    today = literal(scale.as_of, Date)
    weighed = (
        weights.amount * _mark(Case.debt_minor.expression, weights.full_debt_minor)
        + weights.age * _mark(func.coalesce(today - Case.oldest_due_on, 0), weights.full_age_days)
        + weights.broken * _mark(Case.broken_promises.expression, weights.full_broken)
        + weights.silence
        * _mark(today - func.coalesce(last_contact, Case.opened_on), weights.full_silent_days)
        + weights.priority * func.least(Case.priority, 100)
    )
    closed = Case.status == CaseStatus.CLOSED.value
    return case((closed, 0), else_=cast(weighed // weights.total, Integer))


def _mark(value: Any, full: int) -> ColumnElement[int]:
    counted = func.least(func.greatest(value, 0), cast(full, BigInteger))
    return cast(counted * 100 // full, Integer)


async def page_by_score(
    session: AsyncSession,
    conditions: Sequence[ColumnElement[bool]],
    paging: PageRequest,
    weights: Weights,
    organization: Organization,
) -> tuple[list[Any], Scale, str | None]:
    """The ids of a page in the order of scores, by what they were scored, and what follows."""
    as_of, begun = _as_of(paging, organization)
    scale = Scale(weights, organization, as_of)
    points = score(scale)
    rows, following = await paginate(
        session,
        select(Case.id).where(*conditions),
        begun,
        sortable={"score": points},
        default="-score",
        key=Case.id.expression,
    )
    return [row[0] for row in rows], scale, following and f"{as_of.isoformat()}.{following}"


def _as_of(paging: PageRequest, organization: Organization) -> tuple[date, PageRequest]:
    """The day a list was begun on, and the rest of its cursor."""
    if paging.cursor is None:
        return organization.today(), paging
    day, _, rest = paging.cursor.partition(".")
    try:
        return date.fromisoformat(day), PageRequest(paging.limit, rest, paging.sort)
    except ValueError as error:
        raise BadCursor from error
