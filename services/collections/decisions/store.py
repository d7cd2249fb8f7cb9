"""Every query on recorded decisions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.decisions.model import Decision
from services.collections.decisions.rules import Outcome
from services.collections.lines.model import Customer, Line
from services.collections.policies.model import PolicyVersion
from shared.pages import PageRequest, paginate


@dataclass(frozen=True, slots=True)
class Filters:
    """Which decisions to list."""

    line_id: UUID | None = None
    customer_id: UUID | None = None
    outcome: Outcome | None = None
    run_id: UUID | None = None
    decided_from: datetime | None = None
    decided_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A decision with the policy version it applied and the names people know it by."""

    decision: Decision
    policy: PolicyVersion
    line_number: int | None
    customer_name: str | None


ShownSelect = Select[Decision, PolicyVersion, int, str]


async def list_decisions(
    session: AsyncSession, organization_id: UUID, paging: PageRequest, filters: Filters
) -> tuple[list[Shown], str | None]:
    """Decisions, the latest first.

    Ids are in order of time, so the primary key serves the list; ix_decision_line,
    ix_decision_run and ix_decision_decided_at serve the filters.
    """
    query = _filtered(_shown(organization_id), organization_id, filters)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"decided_at": Decision.id.expression},
        default="-decided_at",
        key=Decision.id.expression,
    )
    return [Shown(*row) for row in rows], following


async def get(session: AsyncSession, organization_id: UUID, decision_id: UUID) -> Shown | None:
    """One decision of an organization."""
    result = await session.execute(_shown(organization_id).where(Decision.id == decision_id))
    row = result.one_or_none()
    return Shown(*row) if row is not None else None


async def latest_of_customer(
    session: AsyncSession, organization_id: UUID, customer_id: UUID
) -> UUID | None:
    """The last decision on what a customer owes without a line; by ix_decision_customer."""
    query = (
        select(Decision.id)
        .where(
            Decision.organization_id == organization_id,
            Decision.customer_id == customer_id,
            Decision.line_id.is_(None),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def latest_of_line(
    session: AsyncSession, organization_id: UUID, line_id: UUID, limit: int
) -> list[Shown]:
    """The last decisions on a line, the latest first; served by ix_decision_line."""
    query = _shown(organization_id).where(Decision.line_id == line_id)
    result = await session.execute(query.order_by(Decision.id.desc()).limit(limit))
    return [Shown(*row) for row in result]


def _shown(organization_id: UUID) -> ShownSelect:
    policy_applied = and_(
        PolicyVersion.organization_id == Decision.organization_id,
        PolicyVersion.version == Decision.policy_version,
    )
    return (
        select(Decision, PolicyVersion, Line.number, Customer.name)
        .join(PolicyVersion, policy_applied)
        .outerjoin(Line, Line.line_id == Decision.line_id)
        .outerjoin(Customer, Customer.id == Decision.customer_id)
        .where(Decision.organization_id == organization_id)
    )


def _filtered(query: ShownSelect, organization_id: UUID, filters: Filters) -> ShownSelect:
    if filters.line_id is not None:
        query = query.where(Decision.line_id == filters.line_id)
    if filters.customer_id is not None:
        lines = select(Line.line_id).where(
            Line.organization_id == organization_id, Line.customer_id == filters.customer_id
        )
        without_line = Decision.line_id.is_(None)
        query = query.where(
            Decision.customer_id == filters.customer_id,
            or_(Decision.line_id.in_(lines), without_line),
        )
    if filters.outcome is not None:
        query = query.where(Decision.outcome == filters.outcome.value)
    if filters.run_id is not None:
        query = query.where(Decision.run_id == filters.run_id)
    if filters.decided_from is not None:
        query = query.where(Decision.decided_at >= filters.decided_from)
    if filters.decided_to is not None:
        query = query.where(Decision.decided_at < filters.decided_to)
    return query
