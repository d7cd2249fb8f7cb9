"""HTTP for an organization's policy."""

from datetime import datetime
from typing import Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.collections.policies import operations
from services.collections.policies.model import PolicyVersion
from services.collections.policies.operations import NewTerms
from services.collections.policies.rules import MOST_GRACE_DAYS, SuspendScope
from services.collections.runs.rules import RunReason
from services.collections.runs.store import request_run
from shared.auth import Caller, Role, allow
from shared.http import IfMatch, OrganizationId, Session, Transactional, etag
from shared.money import MoneyError, MoneyIn, MoneyOut
from shared.problems import PreconditionFailed, ValidationFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections", tags=["collections"], route_class=Transactional)


class PolicyIn(BaseModel):
    """What a line must owe, and for how long, before it is suspended."""

    model_config = ConfigDict(extra="forbid")

    grace_days: int = Field(
        ge=0,
        le=MOST_GRACE_DAYS,
        description="Days a debt may be overdue; 0 suspends the day after the due date.",
    )
    minimum_debt: MoneyIn = Field(
        description="What the debts beyond grace must come to; 0 suspends for any debt."
    )
    suspend_scope: SuspendScope = Field(
        description="`line`: for the line's own debts; `customer`: for any debt of its customer."
    )
    active: bool = Field(
        description="False suspends nobody and switches back on whoever is suspended."
    )


class PolicyOut(BaseModel):
    """A version of an organization's policy."""

    version: int
    grace_days: int
    minimum_debt: MoneyOut
    suspend_scope: SuspendScope
    active: bool
    created_at: datetime
    created_by: UUID | None = Field(description="Null for the default policy.")

    @classmethod
    def of(cls, version: PolicyVersion) -> Self:
        """Show a stored version."""
        return cls(
            version=version.version,
            grace_days=version.grace_days,
            minimum_debt=MoneyOut.of(version.minimum_minor, version.currency),
            suspend_scope=SuspendScope(version.suspend_scope),
            active=version.active,
            created_at=version.created_at,
            created_by=version.created_by,
        )


class PolicyChanged(PolicyOut):
    """The policy in force, and the run that judges everybody by it."""

    run_id: UUID | None = Field(None, description="Null when nothing was changed.")


@router.get("/policy", dependencies=[allow(*Role)], responses=problem_docs(UnknownOrganization))
async def get_policy(
    organization_id: OrganizationId, session: Session, response: Response
) -> PolicyOut:
    """The policy in force."""
    found = await operations.in_force(session, organization_id)
    response.headers["ETag"] = etag(found.version)
    return PolicyOut.of(found)


@router.put(
    "/policy",
    dependencies=[allow()],
    responses=problem_docs(UnknownOrganization, PreconditionFailed),
)
async def put_policy(
    body: PolicyIn,
    organization_id: OrganizationId,
    caller: Caller,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> PolicyChanged:
    """Write the next version of the policy, and have every line it concerns judged again.

    Repeating what is in force changes nothing.
    """
    organization = await load_organization(session, organization_id)
    try:
        minimum_minor = body.minimum_debt.to_minor(organization.currency)
    except MoneyError as error:
        raise ValidationFailed.of(str(error), "body", "minimum_debt") from error
    terms = NewTerms(
        body.grace_days, minimum_minor, organization.currency, body.suspend_scope, body.active
    )
    found, changed = await operations.change(
        session, organization_id, terms, seen=seen, changed_by=caller.user_id
    )
    run_id = None
    if changed:
        run = await request_run(session, organization_id, RunReason.POLICY, caller.user_id)
        run_id = run.id
    response.headers["ETag"] = etag(found.version)
    return PolicyChanged(**dict(PolicyOut.of(found)), run_id=run_id)
