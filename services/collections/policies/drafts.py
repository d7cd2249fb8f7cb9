"""Policies on their way: drafted, edited, published, retired.

A published document becomes the next version of what is in force, and the one before it is
retired; neither ever changes again. Retiring what is in force puts an inactive version in its
place: it suspends nobody and switches back on whoever was.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.policies import store
from services.collections.policies.document import DunningDocument, plain_document
from services.collections.policies.model import PolicyDocument, PolicyVersion
from services.collections.policies.problems import PolicyNotDraft, PolicyRetired
from services.collections.policies.rules import BadPolicy, Policy, SuspendScope, compile_policy
from shared import clock
from shared.http import expect_version
from shared.ids import new_id
from shared.money import Money
from shared.problems import NotFound, ValidationFailed
from shared.tenancy import Organization

DRAFT: Final = "draft"
PUBLISHED: Final = "published"
RETIRED: Final = "retired"


@dataclass(frozen=True, slots=True)
class Change:
    """One place in which two documents differ; a side that has nothing there is None."""

    path: str
    before: Any
    after: Any


def checked(document: DunningDocument, organization: Organization, version: int = 0) -> Policy:
    """The terms of a document; ValidationFailed names the place of what makes no sense."""
    try:
        return compile_policy(document, version, organization.currency, organization.country)
    except BadPolicy as error:
        raise ValidationFailed.of(str(error), "body", "document", *error.path) from error


async def create(
    session: AsyncSession,
    organization: Organization,
    name: str,
    document: DunningDocument,
    by: UUID,
) -> PolicyDocument:
    """Keep a new draft."""
    checked(document, organization)
    now = clock.now()
    draft = PolicyDocument(
        id=new_id(),
        organization_id=organization.id,
        name=name,
        status=DRAFT,
        document=document.model_dump(mode="json"),
        created_at=now,
        created_by=by,
        updated_at=now,
    )
    session.add(draft)
    await session.flush()
    return draft


async def get(
    session: AsyncSession, organization_id: UUID, policy_id: UUID, *, lock: bool = False
) -> PolicyDocument:
    """One policy of an organization; NotFound."""
    found = await store.document(session, organization_id, policy_id, lock=lock)
    if found is None:
        raise NotFound("policy", policy_id)
    return found


async def edit(
    session: AsyncSession,
    organization: Organization,
    policy_id: UUID,
    name: str,
    document: DunningDocument,
    seen: int | None,
) -> PolicyDocument:
    """Write a draft anew; PolicyNotDraft for one that is published or retired."""
    draft = await get(session, organization.id, policy_id, lock=True)
    expect_version(seen, draft.revision)
    if draft.status != DRAFT:
        raise PolicyNotDraft(policy_id, draft.status)
    checked(document, organization)
    draft.name, draft.document = name, document.model_dump(mode="json")
    draft.revision += 1
    draft.updated_at = clock.now()
    await session.flush()
    return draft


async def publish(
    session: AsyncSession,
    organization: Organization,
    policy_id: UUID,
    seen: int | None,
    by: UUID,
) -> PolicyDocument:
    """Put a draft in force as the next version."""
    await store.lock_versions(session, organization.id)
    draft = await get(session, organization.id, policy_id, lock=True)
    expect_version(seen, draft.revision)
    if draft.status != DRAFT:
        raise PolicyNotDraft(policy_id, draft.status)
    current = await store.in_force(session, organization.id)
    version = current.version + 1 if current is not None else 1
    document = DunningDocument.model_validate(draft.document)
    policy = checked(document, organization, version)
    await retire_published(session, organization.id, by)
    session.add(
        PolicyVersion(
            organization_id=organization.id,
            version=version,
            grace_days=policy.grace_days,
            minimum_minor=policy.minimum_minor,
            currency=policy.currency,
            suspend_scope=policy.suspend_scope.value,
            active=policy.active,
            document=draft.document,
            created_at=clock.now(),
            created_by=by,
        )
    )
    draft.status, draft.version = PUBLISHED, version
    draft.published_at, draft.published_by = clock.now(), by
    draft.revision += 1
    await session.flush()
    return draft


async def retire(
    session: AsyncSession, organization: Organization, policy_id: UUID, by: UUID
) -> tuple[PolicyDocument, bool]:
    """Take a policy out of use, and whether it was the one in force."""
    await store.lock_versions(session, organization.id)
    found = await get(session, organization.id, policy_id, lock=True)
    if found.status == RETIRED:
        raise PolicyRetired(policy_id)
    was_in_force = found.status == PUBLISHED
    if was_in_force:
        current = await store.in_force(session, organization.id)
        assert current is not None
        session.add(
            PolicyVersion(
                organization_id=organization.id,
                version=current.version + 1,
                grace_days=current.grace_days,
                minimum_minor=current.minimum_minor,
                currency=current.currency,
                suspend_scope=current.suspend_scope,
                active=False,
                document=None,
                created_at=clock.now(),
                created_by=by,
            )
        )
    found.status, found.retired_at, found.retired_by = RETIRED, clock.now(), by
    found.revision += 1
    await session.flush()
    return found, was_in_force


async def retire_published(session: AsyncSession, organization_id: UUID, by: UUID) -> None:
    """Retire the document behind what is in force, if there is one."""
    found = await store.published(session, organization_id)
    if found is not None:
        found.status, found.retired_at, found.retired_by = RETIRED, clock.now(), by
        found.revision += 1
        await session.flush()


async def keep_simple(session: AsyncSession, version: PolicyVersion, by: UUID) -> None:
    """Keep the document that says what a version of four terms says, as published."""
    await retire_published(session, version.organization_id, by)
    amount = Money(version.minimum_minor, version.currency).decimal_text
    document = plain_document(
        grace_days=version.grace_days,
        minimum_amount=amount,
        scope=SuspendScope(version.suspend_scope),
        active=version.active,
    )
    now = clock.now()
    session.add(
        PolicyDocument(
            id=new_id(),
            organization_id=version.organization_id,
            name=f"Simple terms, version {version.version}",
            status=PUBLISHED,
            document=document.model_dump(mode="json"),
            version=version.version,
            created_at=now,
            created_by=by,
            updated_at=now,
            published_at=now,
            published_by=by,
        )
    )
    await session.flush()


def differences(before: Any, after: Any, path: str = "") -> list[Change]:
    """Where two documents differ; stages and segments are matched by code and name."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            change
            for name in dict.fromkeys((*before, *after))
            for change in differences(
                before.get(name), after.get(name), f"{path}.{name}" if path else str(name)
            )
        ]
    if _are_named(before) and _are_named(after):
        return differences(_by_name(before), _by_name(after), path)
    return [] if before == after else [Change(path, before, after)]


def _are_named(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and ("code" in each or "name" in each) for each in value
    )


def _by_name(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {str(item.get("code") or item.get("name")): item for item in items}
