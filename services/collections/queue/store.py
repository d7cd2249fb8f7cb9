"""Every query on queues and leases."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zlib import crc32

from psycopg import errors
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.cases.model import Case
from services.collections.cases.rules import CaseStatus
from services.collections.cases.scoring import Scale, score
from services.collections.cases.sight import Sight
from services.collections.cases.store import Filters, Scored, conditions, list_by_score
from services.collections.cases.urgency import Weights
from services.collections.queue.model import QueueSkip, WorkQueue
from services.collections.queue.problems import LeaseLost, QueueNameTaken
from shared.db import raw
from shared.http import expect_version
from shared.pages import PageRequest, paginate
from shared.problems import NotFound
from shared.tenancy import Organization

NEXT_LOCKS: Final = 0x6E657874  # "next"
SKIP: Final = """
INSERT INTO queue_skip (case_id, organization_id, user_id, until) VALUES (%s, %s, %s, %s)
ON CONFLICT (case_id, user_id) DO UPDATE SET until = excluded.until
"""
DONE = frozenset({CaseStatus.SETTLED.value, CaseStatus.CLOSED.value})


@dataclass(frozen=True, slots=True)
class Moment:
    """When a queue is looked at: really, and on the organization's calendar."""

    now: datetime
    organization: Organization

    @property
    def today(self) -> date:
        """The organization's date."""
        return self.organization.today()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases are asked for, by which weights, when."""

    filters: Filters
    weights: Weights
    moment: Moment

    @property
    def points(self) -> ColumnElement[int]:
        """The score of each."""
        organization = self.moment.organization
        return score(Scale(self.weights, organization, self.moment.today))


def waiting(sight: Sight, asked: Asked) -> list[ColumnElement[bool]]:
    """The cases that somebody might work now: in sight, not done, not planned for later, free."""
    moment = asked.moment
    return [
        *conditions(sight, asked.filters),
        Case.status.not_in(sorted(DONE)),
        or_(Case.next_action_on.is_(None), Case.next_action_on <= moment.today),
        or_(
            Case.leased_until.is_(None),
            Case.leased_until <= moment.now,
            Case.leased_by == sight.caller.user_id,
        ),
    ]


async def list_waiting(
    session: AsyncSession, sight: Sight, paging: PageRequest, asked: Asked
) -> tuple[list[Scored], str | None]:
    """The queue, the most urgent first; served by ix_dunning_case_worked or _collector."""
    organization = asked.moment.organization
    conditions = waiting(sight, asked)
    return await list_by_score(session, conditions, paging, asked.weights, organization)


async def ids(session: AsyncSession, sight: Sight, asked: Asked, limit: int) -> list[UUID]:
    """The first of a queue."""
    query = select(Case.id).where(*waiting(sight, asked))
    ordered = query.order_by(asked.points.desc(), Case.id.desc()).limit(limit)
    return list(await session.scalars(ordered))


async def one_at_a_time(session: AsyncSession, sight: Sight) -> None:
    """Let requests of one user for the next case wait for each other, so that a second finds
    what the first was given."""
    key = crc32(sight.organization_id.bytes + sight.caller.user_id.bytes) - 2**31
    await (await raw(session)).execute("SELECT pg_advisory_xact_lock(%s, %s)", (NEXT_LOCKS, key))


async def held(session: AsyncSession, sight: Sight, moment: Moment) -> UUID | None:
    """The case that is leased to the caller."""
    query = select(Case.id).where(
        sight.condition(),
        Case.status.not_in(sorted(DONE)),
        Case.leased_by == sight.caller.user_id,
        Case.leased_until > moment.now,
    )
    return await session.scalar(query.order_by(Case.id).limit(1))


async def lease_next(
    session: AsyncSession, sight: Sight, asked: Asked, until: datetime
) -> UUID | None:
    """Lease the most urgent case that is free; None when there is none.

    Cases that others are leasing at this moment are skipped, and one that was leased since
    this statement began is looked at again under its lock: so nobody gets what another has.
    """
    query: Select[Any] = (
        select(Case)
        .where(and_(*waiting(sight, asked), _not_skipped(sight, asked.moment)))
        .order_by(asked.points.desc(), Case.id.desc())
        .limit(1)
        .with_for_update(key_share=True, skip_locked=True, of=Case)
    )
    case: Case | None = await session.scalar(query.execution_options(populate_existing=True))
    if case is None:
        return None
    case.leased_by, case.leased_until = sight.caller.user_id, until
    await session.flush()
    return case.id


def _not_skipped(sight: Sight, moment: Moment) -> ColumnElement[bool]:
    skipped = select(QueueSkip.case_id).where(
        QueueSkip.organization_id == sight.organization_id,
        QueueSkip.user_id == sight.caller.user_id,
        QueueSkip.until > moment.now,
    )
    return Case.id.not_in(skipped)


async def skip(session: AsyncSession, sight: Sight, case_id: UUID, until: datetime) -> None:
    """Have the caller be given other cases first, until then."""
    asked = (case_id, sight.organization_id, sight.caller.user_id, until)
    await (await raw(session)).execute(SKIP, asked)


async def lock_leased(session: AsyncSession, sight: Sight, case_id: UUID, now: datetime) -> Case:
    """A case leased to the caller, locked; LeaseLost."""
    query = select(Case).where(sight.condition(), Case.id == case_id)
    case = await session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if case is None:
        raise NotFound("case", case_id)
    if case.leased_by != sight.caller.user_id or case.leased_until is None:
        raise LeaseLost(case_id)
    if case.leased_until <= now:
        raise LeaseLost(case_id)
    return case


async def get(session: AsyncSession, organization_id: UUID, queue_id: UUID) -> WorkQueue:
    """One queue; NotFound."""
    found = await session.scalar(_of(organization_id).where(WorkQueue.id == queue_id))
    if found is None:
        raise NotFound("queue", queue_id)
    return found


async def add(session: AsyncSession, queue: WorkQueue) -> None:
    """Write a new queue; QueueNameTaken."""
    name = queue.name
    session.add(queue)
    await _flush(session, name)


async def revise(
    session: AsyncSession,
    organization_id: UUID,
    queue_id: UUID,
    changes: dict[str, Any],
    seen: int | None,
) -> WorkQueue:
    """Change a queue."""
    query = _of(organization_id).where(WorkQueue.id == queue_id)
    queue = await session.scalar(query.with_for_update())
    if queue is None:
        raise NotFound("queue", queue_id)
    expect_version(seen, queue.version)
    if any(getattr(queue, name) != value for name, value in changes.items()):
        for name, value in changes.items():
            setattr(queue, name, value)
        queue.version += 1
        await _flush(session, queue.name)
    return queue


async def remove(session: AsyncSession, organization_id: UUID, queue_id: UUID) -> None:
    """Take a queue away; its cases stay where they are."""
    await session.delete(await get(session, organization_id, queue_id))
    await session.flush()


async def list_queues(
    session: AsyncSession, organization_id: UUID, paging: PageRequest
) -> tuple[list[WorkQueue], str | None]:
    """Queues by name; served by uq_work_queue_name."""
    rows, following = await paginate(
        session,
        _of(organization_id),
        paging,
        sortable={
            "name": WorkQueue.name.expression,
            "created_at": WorkQueue.id.expression,
        },
        default="name",
        key=WorkQueue.id.expression,
    )
    return [row[0] for row in rows], following


def _of(organization_id: UUID) -> Select[WorkQueue]:
    return select(WorkQueue).where(WorkQueue.organization_id == organization_id)


async def _flush(session: AsyncSession, name: str) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        if isinstance(error.orig, errors.UniqueViolation):
            raise QueueNameTaken(name) from error
        raise
