"""Changing an organization's policy."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.policies import drafts, store
from services.collections.policies.model import PolicyVersion
from services.collections.policies.rules import SuspendScope
from shared import clock
from shared.http import expect_version
from shared.tenancy import UnknownOrganization


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What a policy is to say from now on."""

    grace_days: int
    minimum_minor: int
    currency: str
    suspend_scope: SuspendScope
    active: bool


async def in_force(session: AsyncSession, organization_id: UUID) -> PolicyVersion:
    """The policy in force; an organization without one is not known here yet."""
    found = await store.in_force(session, organization_id)
    if found is None:
        raise UnknownOrganization(organization_id)
    return found


async def change(
    session: AsyncSession,
    organization_id: UUID,
    terms: NewTerms,
    *,
    seen: int | None,
    changed_by: UUID,
) -> tuple[PolicyVersion, bool]:
    """The policy in force afterwards, and whether that is a new version.

    Saying what is in force already makes no version. `seen` is the version the caller
    read; another one in force refuses the change.
    """
    await store.lock_versions(session, organization_id)
    current = await in_force(session, organization_id)
    expect_version(seen, current.version)
    written = PolicyVersion(
        organization_id=organization_id,
        version=current.version + 1,
        grace_days=terms.grace_days,
        minimum_minor=terms.minimum_minor,
        currency=terms.currency,
        suspend_scope=terms.suspend_scope.value,
        active=terms.active,
        document=None,
        created_at=clock.now(),
        created_by=changed_by,
    )
    if current.document is None and _terms(written) == _terms(current):
        return current, False
    session.add(written)
    await session.flush()
    await drafts.keep_simple(session, written, changed_by)
    return written, True


def _terms(version: PolicyVersion) -> NewTerms:
    return NewTerms(
        version.grace_days,
        version.minimum_minor,
        version.currency,
        SuspendScope(version.suspend_scope),
        version.active,
    )
