"""Every query on policies."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.arrays import pg_columns
from services.collections.policies.document import DunningDocument
from services.collections.policies.model import PolicyDocument, PolicyVersion
from services.collections.policies.rules import (
    Policy,
    SuspendScope,
    compile_policy,
    default_policy,
)
from shared.db import Connection, raw
from shared.pages import PageRequest, paginate
from shared.tenancy import COLUMNS, Organization, organization_of

TERMS: Final = """
SELECT {columns}, p.policy_version, p.grace_days, p.minimum_minor, p.policy_currency,
       p.suspend_scope, p.policy_active, p.policy_document,
       EXISTS (SELECT FROM exemption WHERE exemption.organization_id = organization.id
               AND revoked_at IS NULL) AS exempts
FROM organization CROSS JOIN LATERAL (
    SELECT policy.version AS policy_version, grace_days, minimum_minor, suspend_scope,
           policy.currency AS policy_currency, policy.active AS policy_active,
           policy.document::text AS policy_document
    FROM policy WHERE policy.organization_id = organization.id
    ORDER BY policy.version DESC LIMIT 1) AS p
WHERE id = ANY(%s)
""".format(columns=", ".join(f"organization.{name.strip()}" for name in COLUMNS.split(",")))
DEFAULTS: Final = """
INSERT INTO policy (organization_id, version, grace_days, minimum_minor, currency, suspend_scope,
                    active, created_at)
SELECT row.*, %s FROM unnest(%s::uuid[], %s::bigint[], %s::int[], %s::bigint[], %s::text[],
                             %s::text[], %s::boolean[]) AS row
ON CONFLICT DO NOTHING
"""
VERSION_LOCKS: Final = 0x706F6C69  # "poli"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an organization's lines are judged by at one moment."""

    organization: Organization
    policy: Policy
    clock: datetime
    today: date
    exempts: bool = False


async def terms(tx: Connection, organization_ids: Collection[UUID]) -> dict[UUID, Terms]:
    """The policies in force and today's dates; an organization not heard of yet is left out.

    Its lines are judged once it is: its clock starts before every due date.
    """
    cursor = await tx.execute(TERMS, (list(organization_ids),))
    return {row["id"]: _terms(row) for row in await cursor.fetchall()}


def _terms(row: dict[str, Any]) -> Terms:
    exempts, written = row.pop("exempts"), row.pop("policy_document")
    policy = Policy(
        version=row.pop("policy_version"),
        grace_days=row.pop("grace_days"),
        minimum_minor=row.pop("minimum_minor"),
        currency=row.pop("policy_currency"),
        suspend_scope=SuspendScope(row.pop("suspend_scope")),
        active=row.pop("policy_active"),
    )
    organization = organization_of(row)
    if written is not None:
        policy = _compiled(written, policy.version, policy.currency, organization.country)
    clock = organization.now()
    return Terms(organization, policy, clock, organization.local_date(clock), exempts)


@lru_cache(maxsize=256)
def _compiled(written: str, version: int, currency: str, country: str) -> Policy:
    """A version's terms, compiled once: equal texts are equal policies."""
    return compile_policy(DunningDocument.model_validate_json(written), version, currency, country)


async def in_force(session: AsyncSession, organization_id: UUID) -> PolicyVersion | None:
    """The newest version of an organization's policy."""
    query = select(PolicyVersion).where(PolicyVersion.organization_id == organization_id)
    return await session.scalar(query.order_by(PolicyVersion.version.desc()).limit(1))


async def version(
    session: AsyncSession, organization_id: UUID, number: int
) -> PolicyVersion | None:
    """One version of an organization's policy."""
    return await session.get(PolicyVersion, (organization_id, number))


async def document(
    session: AsyncSession, organization_id: UUID, policy_id: UUID, *, lock: bool = False
) -> PolicyDocument | None:
    """One policy of an organization in any state."""
    query = select(PolicyDocument).where(
        PolicyDocument.organization_id == organization_id, PolicyDocument.id == policy_id
    )
    return await session.scalar(query.with_for_update() if lock else query)


async def published(session: AsyncSession, organization_id: UUID) -> PolicyDocument | None:
    """The document behind what is in force, locked; none for the default policy."""
    query = select(PolicyDocument).where(
        PolicyDocument.organization_id == organization_id, PolicyDocument.status == "published"
    )
    return await session.scalar(query.with_for_update())


async def list_documents(
    session: AsyncSession, organization_id: UUID, paging: PageRequest, status: str | None
) -> tuple[list[PolicyDocument], str | None]:
    """Policies, the latest first; served by ix_policy_document_organization."""
    query = select(PolicyDocument).where(PolicyDocument.organization_id == organization_id)
    if status is not None:
        query = query.where(PolicyDocument.status == status)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"created_at": PolicyDocument.id.expression},
        default="-created_at",
        key=PolicyDocument.id.expression,
    )
    return [row[0] for row in rows], following


async def lock_versions(session: AsyncSession, organization_id: UUID) -> None:
    """Let one transaction at a time write an organization's next version."""
    await (await raw(session)).execute(
        "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (VERSION_LOCKS, str(organization_id))
    )


async def ensure_default(
    tx: Connection, organizations: Collection[Organization], at: datetime
) -> None:
    """Give organizations that have no policy yet the default one."""
    policies = [(each.id, default_policy(each.currency)) for each in organizations]
    rows = [
        (
            organization_id,
            policy.version,
            policy.grace_days,
            policy.minimum_minor,
            policy.currency,
            policy.suspend_scope,
            policy.active,
        )
        for organization_id, policy in policies
    ]
    if rows:
        await tx.execute(DEFAULTS, (at, *pg_columns(rows)))
