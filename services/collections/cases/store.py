"""Every query on cases as people look at them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row
from sqlalchemy import ColumnElement, Row, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.cases.model import Case, CaseStage
from services.collections.cases.rules import CaseStatus
from services.collections.cases.scoring import Scale, page_by_score, score
from services.collections.cases.sight import Sight
from services.collections.cases.urgency import Weights, usual_weights
from services.collections.collectors.model import Collector
from services.collections.lines.model import Customer, Line
from shared.db import raw
from shared.pages import PageRequest, paginate
from shared.problems import NotFound
from shared.tenancy import Organization

BY_SCORE: Final = frozenset({"score", "-score"})
DEBTS: Final = """
SELECT invoice_id, number, line_id, currency, open_minor, due_on FROM debt
WHERE organization_id = %(organization_id)s AND customer_id = %(customer_id)s {of_line}
  AND open_minor > 0
ORDER BY due_on, invoice_id
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which cases to list; what is None filters nothing."""

    status: frozenset[CaseStatus] | None = None
    collector_id: UUID | None = None
    assigned: bool | None = None
    customer_id: UUID | None = None
    line_id: UUID | None = None
    stage: str | None = None
    segment: str | None = None
    priority: int | None = None
    min_debt_minor: int | None = None
    max_debt_minor: int | None = None
    opened_from: date | None = None
    opened_to: date | None = None
    last_contact_from: datetime | None = None
    last_contact_to: datetime | None = None
    next_action_to: date | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A case with the names people know it by."""

    case: Case
    customer_name: str | None
    line_number: int | None
    collector_name: str | None


@dataclass(frozen=True, slots=True)
class Scored:
    """A case and how urgent it is."""

    shown: Shown
    score: int


ShownSelect = Select[Case, str, int, str]


def conditions(sight: Sight, filters: Filters) -> list[ColumnElement[bool]]:
    """What the cases in sight must fulfil."""
    found = [sight.condition()]
    exact: dict[Any, Any] = {
        Case.collector_id: filters.collector_id,
        Case.customer_id: filters.customer_id,
        Case.line_id: filters.line_id,
        Case.stage: filters.stage,
        Case.segment: filters.segment,
        Case.priority: filters.priority,
    }
    found += [column == value for column, value in exact.items() if value is not None]
    at_least: dict[Any, Any] = {
        Case.debt_minor: filters.min_debt_minor,
        Case.opened_on: filters.opened_from,
        Case.last_contact_at: filters.last_contact_from,
    }
    found += [column >= value for column, value in at_least.items() if value is not None]
    at_most: dict[Any, Any] = {
        Case.debt_minor: filters.max_debt_minor,
        Case.opened_on: filters.opened_to,
        Case.next_action_on: filters.next_action_to,
    }
    found += [column <= value for column, value in at_most.items() if value is not None]
    if filters.last_contact_to is not None:
        before = Case.last_contact_at < filters.last_contact_to
        found.append(or_(before, Case.last_contact_at.is_(None)))
    if filters.status is not None:
        found.append(Case.status.in_(sorted(filters.status)))
    if filters.assigned is not None:
        unassigned = Case.collector_id.is_(None)
        found.append(~unassigned if filters.assigned else unassigned)
    if filters.q is not None:
        named = select(Customer.id).where(
            Customer.organization_id == sight.organization_id,
            Customer.name.icontains(filters.q, autoescape=True),
        )
        found.append(Case.customer_id.in_(named))
    return found


async def list_cases(
    session: AsyncSession,
    sight: Sight,
    paging: PageRequest,
    filters: Filters,
    organization: Organization,
) -> tuple[list[Scored], str | None]:
    """Cases in sight, the latest first; by score, those of them that are not closed.

    Ids are in order of time, so ix_dunning_case_organization serves the list, and
    ix_dunning_case_status, _customer and _collector the filters; by score, _worked.
    """
    weights = usual_weights(organization.currency)
    asked = conditions(sight, filters)
    if paging.sort in BY_SCORE:
        if filters.status is None:
            asked.append(Case.status != CaseStatus.CLOSED.value)
        return await list_by_score(session, asked, paging, weights, organization)
    scale = Scale(weights, organization, organization.today())
    rows, following = await paginate(
        session,
        shown().add_columns(score(scale)).where(*asked),
        paging,
        sortable={
            "opened_at": Case.id.expression,
            "debt": Case.debt_minor.expression,
            "priority": Case.priority.expression,
            "oldest_due_on": Case.oldest_due_on.expression,
            "last_contact_at": Case.last_contact_at.expression,
            "next_action_on": Case.next_action_on.expression,
            "score": score(scale),
        },
        default="-opened_at",
        key=Case.id.expression,
    )
    return [_scored(row) for row in rows], following


async def list_by_score(
    session: AsyncSession,
    asked: list[ColumnElement[bool]],
    paging: PageRequest,
    weights: Weights,
    organization: Organization,
) -> tuple[list[Scored], str | None]:
    """A page of cases in the order of their scores, with their names."""
    found, scale, following = await page_by_score(session, asked, paging, weights, organization)
    query = shown().add_columns(score(scale)).where(Case.id.in_(found))
    named = {scored.shown.case.id: scored for scored in map(_scored, await session.execute(query))}
    return [named[case_id] for case_id in found if case_id in named], following


def _scored(row: Row[Case, str, int, str, int]) -> Scored:
    return Scored(Shown(*row[:4]), row[4])


async def get(session: AsyncSession, sight: Sight, case_id: UUID) -> Shown:
    """One case in sight; NotFound."""
    result = await session.execute(shown().where(sight.condition(), Case.id == case_id))
    row = result.one_or_none()
    if row is None:
        raise NotFound("case", case_id)
    return Shown(*row)


async def lock(session: AsyncSession, sight: Sight, case_id: UUID) -> Case:
    """One case in sight, locked and as it is then; NotFound."""
    query = select(Case).where(sight.condition(), Case.id == case_id)
    found = await session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("case", case_id)
    return found


async def ids(session: AsyncSession, sight: Sight, filters: Filters, limit: int) -> list[UUID]:
    """The first cases in sight that fit, oldest first; closed ones only if they are asked for."""
    query = select(Case.id).where(*conditions(sight, filters)).order_by(Case.id).limit(limit)
    if filters.status is None:
        query = query.where(Case.status != CaseStatus.CLOSED.value)
    return list(await session.scalars(query))


async def stages(session: AsyncSession, case_id: UUID) -> list[CaseStage]:
    """The stages a case has come to, in order."""
    query = select(CaseStage).where(CaseStage.case_id == case_id)
    return list(await session.scalars(query.order_by(CaseStage.id)))


async def lines(session: AsyncSession, case: Case) -> list[Line]:
    """The lines a case is about: its own, or all of its customer."""
    query = select(Line).where(
        Line.organization_id == case.organization_id, Line.customer_id == case.customer_id
    )
    if case.line_id is not None:
        query = query.where(Line.line_id == case.line_id)
    return list(await session.scalars(query.order_by(Line.number)))


def shown() -> ShownSelect:
    """Cases with names."""
    return (
        select(Case, Customer.name, Line.number, Collector.name)
        .outerjoin(Customer, Customer.id == Case.customer_id)
        .outerjoin(Line, and_(Line.line_id == Case.line_id))
        .outerjoin(Collector, Collector.id == Case.collector_id)
    )


@dataclass(frozen=True, slots=True)
class OpenDebt:
    """An open invoice that a case is about."""

    invoice_id: UUID
    number: str
    line_id: UUID | None
    currency: str
    open_minor: int
    due_on: date


async def debts(session: AsyncSession, case: Case) -> list[OpenDebt]:
    """The open invoices a case is about, the oldest due first; served by ix_debt_open_customer."""
    of_line = "" if case.line_id is None else "AND line_id = %(line_id)s"
    async with (await raw(session)).cursor(row_factory=class_row(OpenDebt)) as cursor:
        await cursor.execute(
            DEBTS.format(of_line=of_line),
            {
                "organization_id": case.organization_id,
                "customer_id": case.customer_id,
                "line_id": case.line_id,
            },
        )
        return await cursor.fetchall()
