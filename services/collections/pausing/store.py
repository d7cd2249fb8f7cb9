"""Pauses as people look at them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, column, func, not_, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.cases.model import Case
from services.collections.cases.sight import Sight
from services.collections.pauses.model import PauseRow
from services.collections.pauses.rules import PauseKind
from shared.pages import PageRequest, paginate
from shared.problems import NotFound

DEBT: Final = table("debt", column("invoice_id"), column("currency"), column("organization_id"))


class Moment(NamedTuple):
    """The organization's day, and the instant on its clock."""

    today: date
    clock: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """Which pauses to list; what is None filters nothing."""

    kind: PauseKind | None = None
    customer_id: UUID | None = None
    line_id: UUID | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A pause, and the currency of the invoice it is about, if it is about one."""

    row: PauseRow
    currency: str | None


def is_active(at: Moment) -> ColumnElement[bool]:
    """Whether it counts at a moment: the rule of Pause.in_force, in SQL."""
    return and_(
        PauseRow.ended_at.is_(None),
        PauseRow.from_on <= at.today,
        func.coalesce(PauseRow.until_on >= at.today, True),
        func.coalesce(PauseRow.expires_at > at.clock, True),
    )


def _in_sight(sight: Sight) -> Select[PauseRow, str]:
    """The pauses of customers in sight; ends that came before their beginnings are none."""
    query = (
        select(PauseRow, DEBT.c.currency)
        .outerjoin(
            DEBT,
            and_(
                DEBT.c.invoice_id == PauseRow.invoice_id,
                DEBT.c.organization_id == PauseRow.organization_id,
            ),
        )
        .where(
            PauseRow.organization_id == sight.organization_id,
            PauseRow.from_on < text("'infinity'::date"),
        )
    )
    if not sight.is_collectors:
        return query
    return query.where(PauseRow.customer_id.in_(select(Case.customer_id).where(sight.condition())))


async def get(session: AsyncSession, sight: Sight, pause_id: UUID) -> PauseRow:
    """A pause in sight; NotFound."""
    return (await shown(session, sight, pause_id)).row


async def shown(session: AsyncSession, sight: Sight, pause_id: UUID) -> Shown:
    """A pause in sight as it is shown; NotFound."""
    result = await session.execute(_in_sight(sight).where(PauseRow.id == pause_id))
    row = result.one_or_none()
    if row is None:
        raise NotFound("pause", pause_id)
    return Shown(*row)


async def list_pauses(
    session: AsyncSession, sight: Sight, paging: PageRequest, wanted: Filters, at: Moment
) -> tuple[list[Shown], str | None]:
    """Pauses, the latest first; served by ix_pause_organization, _kind, _of_customer, _standing."""
    query = _in_sight(sight)
    exact: dict[Any, Any] = {
        PauseRow.kind: wanted.kind,
        PauseRow.customer_id: wanted.customer_id,
        PauseRow.line_id: wanted.line_id,
    }
    query = query.where(*(column == value for column, value in exact.items() if value is not None))
    if wanted.active is not None:
        active = is_active(at)
        query = query.where(active if wanted.active else not_(active))
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"created_at": PauseRow.id.expression, "until": PauseRow.until_on.expression},
        default="-created_at",
        key=PauseRow.id.expression,
    )
    return [Shown(*row) for row in rows], following
