"""Every query on collectors."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import errors
from sqlalchemy import ColumnElement, Select, and_, column, func, select, table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.collectors.model import Collector
from services.collections.collectors.problems import CollectorTaken
from shared import clock
from shared.db import raw
from shared.http import expect_version
from shared.pages import PageRequest, paginate
from shared.problems import NotFound

# Cases know collectors, and not the other way about: here they are only counted.
CASES: Final = table("dunning_case", column("collector_id"), column("status"))


# A rate is in force from an instant of a day of the organization's calendar.
RATE: Final = """
INSERT INTO collector_rate (collector_id, organization_id, from_on, from_at, rate)
SELECT %(id)s, o.id,
       ((%(at)s + make_interval(secs => o.clock_offset_seconds)) AT TIME ZONE o.time_zone)::date,
       %(at)s, %(rate)s
FROM organization AS o WHERE o.id = %(organization_id)s
ON CONFLICT (collector_id, from_on, from_at) DO UPDATE SET rate = excluded.rate
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A collector and how many cases it has in hand."""

    collector: Collector
    cases: int


async def add(session: AsyncSession, collector: Collector) -> None:
    """Write a new collector; CollectorTaken when its user is one already."""
    try:
        session.add(collector)
        await session.flush()
    except IntegrityError as error:
        if isinstance(error.orig, errors.UniqueViolation):
            raise CollectorTaken(collector.user_id) from error
        raise
    await _keep_rate(session, collector)


async def get(session: AsyncSession, organization_id: UUID, collector_id: UUID) -> Shown:
    """One collector of an organization; NotFound, also for those of others."""
    query = _shown(organization_id).where(Collector.id == collector_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("collector", collector_id)
    return Shown(*row)


async def revise(
    session: AsyncSession,
    organization_id: UUID,
    collector_id: UUID,
    changes: dict[str, Any],
    seen: int | None,
) -> Collector:
    """Change a collector under its lock, so that nobody gives it a case meanwhile."""
    query = select(Collector).where(
        Collector.organization_id == organization_id, Collector.id == collector_id
    )
    collector = await session.scalar(query.with_for_update(key_share=True))
    if collector is None:
        raise NotFound("collector", collector_id)
    expect_version(seen, collector.version)
    rate = collector.commission_rate
    if any(getattr(collector, name) != value for name, value in changes.items()):
        for name, value in changes.items():
            setattr(collector, name, value)
        collector.version += 1
        await session.flush()
    if collector.commission_rate != rate:
        await _keep_rate(session, collector)
    return collector


async def list_collectors(
    session: AsyncSession,
    organization_id: UUID,
    paging: PageRequest,
    *,
    active: bool | None,
    q: str | None,
) -> tuple[list[Shown], str | None]:
    """Collectors by name; served by ix_collector_name and ix_collector_organization."""
    query = _shown(organization_id)
    if active is not None:
        query = query.where(Collector.active == active)
    if q is not None:
        query = query.where(Collector.name.icontains(q, autoescape=True))
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={
            "name": Collector.name.expression,
            "created_at": Collector.id.expression,
            "capacity": Collector.capacity.expression,
        },
        default="name",
        key=Collector.id.expression,
    )
    return [Shown(*row) for row in rows], following


async def _keep_rate(session: AsyncSession, collector: Collector) -> None:
    """Have the collector's rate in force from now on; what was earned before stays."""
    await (await raw(session)).execute(
        RATE,
        {
            "id": collector.id,
            "organization_id": collector.organization_id,
            "at": clock.now(),
            "rate": collector.commission_rate,
        },
    )


def of_user(organization_id: UUID, user_id: UUID) -> ColumnElement[UUID]:
    """The id of the collector that a user is, for a comparison; null for anybody else."""
    query = select(Collector.id).where(
        Collector.organization_id == organization_id, Collector.user_id == user_id
    )
    return query.scalar_subquery()


def _shown(organization_id: UUID) -> Select[Collector, int]:
    """Served by ix_dunning_case_collector, one probe a row."""
    in_hand = and_(CASES.c.collector_id == Collector.id, CASES.c.status != "closed")
    cases = select(func.count()).select_from(CASES).where(in_hand).scalar_subquery()
    return select(Collector, cases).where(Collector.organization_id == organization_id)
