"""HTTP for policies: draft, check, edit, publish, retire, compare."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.collections.policies import drafts, store
from services.collections.policies.document import DunningDocument
from services.collections.policies.model import PolicyDocument
from services.collections.policies.problems import PolicyNotDraft, PolicyRetired
from services.collections.runs.rules import RunReason
from services.collections.runs.store import request_run
from shared.auth import Caller, Role, allow
from shared.http import IfMatch, OrganizationId, Session, Transactional, etag
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/policies", tags=["policies"], route_class=Transactional)


class PolicyStatus(StrEnum):
    """Where a policy is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class PolicyDraft(BaseModel):
    """A policy as it is written."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, examples=["Winter 2026"])
    document: DunningDocument


class PolicySummary(BaseModel):
    """A policy without its document."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    status: PolicyStatus
    version: int | None = Field(description="What decisions name; null for a draft.")
    created_at: datetime
    created_by: UUID | None
    updated_at: datetime
    published_at: datetime | None
    published_by: UUID | None
    retired_at: datetime | None
    retired_by: UUID | None


class PolicyDetail(PolicySummary):
    """A policy with its document."""

    document: DunningDocument

    @classmethod
    def of(cls, found: PolicyDocument) -> Self:
        """Show a policy."""
        shown = PolicySummary.model_validate(found)
        return cls(**dict(shown), document=DunningDocument.model_validate(found.document))


class PolicyPublished(PolicyDetail):
    """A policy, and the run that judges everybody by what is in force now."""

    run_id: UUID | None = Field(None, description="Null when nothing in force has changed.")


class PolicyChangeOut(BaseModel):
    """One place in which two policies differ."""

    model_config = ConfigDict(from_attributes=True)

    path: str = Field(examples=["stages.cut.day"])
    before: Any = Field(description="Null where the first has nothing.")
    after: Any = Field(description="Null where the second has nothing.")


class PolicyDifferences(BaseModel):
    """Where two policies differ."""

    before: PolicySummary
    after: PolicySummary
    changes: list[PolicyChangeOut]


@router.post(
    "", status_code=201, dependencies=[allow()], responses=problem_docs(UnknownOrganization)
)
async def draft_policy(
    body: PolicyDraft,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> PolicyDetail:
    """Keep a draft; what makes no sense is refused with the place of it."""
    organization = await load_organization(session, organization_id)
    made = await drafts.create(session, organization, body.name, body.document, caller.user_id)
    response.headers["Location"] = f"/collections/policies/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return PolicyDetail.of(made)


@router.get("", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_policies(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    status: Annotated[PolicyStatus | None, Query()] = None,
) -> Page[PolicySummary]:
    """Policies, the latest first."""
    found, following = await store.list_documents(
        session, organization_id, paging, status.value if status else None
    )
    return Page(items=[PolicySummary.model_validate(each) for each in found], next=following)


@router.get("/{policy_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_policy_document(
    policy_id: UUID, organization_id: OrganizationId, session: Session, response: Response
) -> PolicyDetail:
    """One policy."""
    found = await drafts.get(session, organization_id, policy_id)
    response.headers["ETag"] = etag(found.revision)
    return PolicyDetail.of(found)


@router.put(
    "/{policy_id}",
    dependencies=[allow()],
    responses=problem_docs(NotFound, PolicyNotDraft, PreconditionFailed, UnknownOrganization),
)
async def edit_policy(
    policy_id: UUID,
    body: PolicyDraft,
    organization_id: OrganizationId,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> PolicyDetail:
    """Write a draft anew."""
    organization = await load_organization(session, organization_id)
    edited = await drafts.edit(session, organization, policy_id, body.name, body.document, seen)
    response.headers["ETag"] = etag(edited.revision)
    return PolicyDetail.of(edited)


@router.post(
    "/{policy_id}/publish",
    dependencies=[allow()],
    responses=problem_docs(NotFound, PolicyNotDraft, PreconditionFailed, UnknownOrganization),
)
async def publish_policy(
    policy_id: UUID,
    organization_id: OrganizationId,
    caller: Caller,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> PolicyPublished:
    """Put a draft in force; everybody it concerns is judged again by a run."""
    organization = await load_organization(session, organization_id)
    found = await drafts.publish(session, organization, policy_id, seen, caller.user_id)
    run = await request_run(session, organization_id, RunReason.POLICY, caller.user_id)
    response.headers["ETag"] = etag(found.revision)
    return PolicyPublished(**dict(PolicyDetail.of(found)), run_id=run.id)


@router.post(
    "/{policy_id}/retire",
    dependencies=[allow()],
    responses=problem_docs(NotFound, PolicyRetired, UnknownOrganization),
)
async def retire_policy(
    policy_id: UUID,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> PolicyPublished:
    """Take a policy out of use. When it is the one in force, nobody is suspended any more."""
    organization = await load_organization(session, organization_id)
    found, was_in_force = await drafts.retire(session, organization, policy_id, caller.user_id)
    run_id = None
    if was_in_force:
        run = await request_run(session, organization_id, RunReason.POLICY, caller.user_id)
        run_id = run.id
    response.headers["ETag"] = etag(found.revision)
    return PolicyPublished(**dict(PolicyDetail.of(found)), run_id=run_id)


@router.get(
    "/{policy_id}/differences/{other_id}",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound),
)
async def compare_policies(
    policy_id: UUID, other_id: UUID, organization_id: OrganizationId, session: Session
) -> PolicyDifferences:
    """What changes from one policy to another."""
    before = await drafts.get(session, organization_id, policy_id)
    after = await drafts.get(session, organization_id, other_id)
    return PolicyDifferences(
        before=PolicySummary.model_validate(before),
        after=PolicySummary.model_validate(after),
        changes=[
            PolicyChangeOut.model_validate(change)
            for change in drafts.differences(before.document, after.document)
        ],
    )
