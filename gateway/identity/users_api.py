"""/users: the users of an organization, managed by its administrators, known to all by name.

What carries a password is kept off Transactional routes: those keep a digest of the request
beside an Idempotency-Key, and a fast digest of a password is no way to keep it. A repeated
creation is refused by the e-mail address anyway.
"""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from gateway.identity import store, users
from gateway.identity.dependencies import IdentityOf
from gateway.identity.model import User
from gateway.identity.problems import EmailTaken, HomeMismatch, LastAdministrator, RoleTooHigh
from shared.auth import Caller, Role, allow
from shared.http import IfMatch, Session, Transactional, etag
from shared.pages import Page, Paging
from shared.problems import NotFound, problem_docs

administrators = [allow()]
router = APIRouter(
    prefix="/users", tags=["users"], route_class=Transactional, dependencies=administrators
)
passwords_router = APIRouter(prefix="/users", tags=["users"], dependencies=administrators)
names_router = APIRouter(prefix="/users", tags=["users"], route_class=Transactional)

MOST_NAMES: Final = 100

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"
    ),
    Field(examples=["ana@andes.example"], description="Any address; internal domains too."),
]
NewPassword = Annotated[
    SecretStr, Field(min_length=10, max_length=200, description="At least 10 characters.")
]


class UserOut(BaseModel):
    """A person who logs in."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    organization_id: UUID | None = Field(description="null for a platform_admin.")
    email: str
    name: str
    role: Role
    active: bool
    last_login_at: datetime | None
    created_at: datetime
    updated_at: datetime


class UserIn(BaseModel):
    """A user to be made. `organization_id` is for platform administrators."""

    email: Email
    name: Name
    role: Role
    password: NewPassword
    organization_id: UUID | None = None


class UserPatch(BaseModel):
    """What is to be changed of a user; what is left out stays."""

    email: Email | None = None
    name: Name | None = None
    role: Role | None = None
    active: bool | None = None


class UserNameOut(BaseModel):
    """What a colleague may know of a user."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str


class UserNames(BaseModel):
    """The names that were asked for, as far as there is somebody."""

    items: list[UserNameOut]


class PasswordIn(BaseModel):
    """A password given by an administrator."""

    password: NewPassword


@names_router.get("/names")
async def name_users(
    session: Session,
    caller: Caller,
    ids: Annotated[list[UUID], Query(min_length=1, max_length=MOST_NAMES)],
) -> UserNames:
    """Who stands behind the ids that other answers name, for every user of the organization.

    A platform administrator acts within any organization, so everybody may know their names.
    """
    await store.see_all(session)
    found = await store.names(session, caller.organization_id, ids)
    return UserNames(items=[UserNameOut.model_validate(user) for user in found])


@router.get("")
async def list_users(
    session: Session,
    caller: Caller,
    paging: Paging,
    q: Annotated[str | None, Query(max_length=200, description="Part of name or e-mail.")] = None,
    role: Role | None = None,
    active: bool | None = None,
    organization_id: Annotated[
        UUID | None, Query(description="For platform administrators.")
    ] = None,
) -> Page[UserOut]:
    """The users of the organization; of all of them for a platform_admin who named none."""
    await users.widen(session, caller)
    query = store.users(caller.organization_id or organization_id, q, role, active)
    found, following = await store.page_of(session, query, paging)
    return Page(items=[UserOut.model_validate(user) for user in found], next=following)


@router.get("/{user_id}")
async def get_user(user_id: UUID, session: Session, caller: Caller, response: Response) -> UserOut:
    """One user."""
    await users.widen(session, caller)
    user = await session.get(User, user_id)
    if user is None or caller.organization_id not in (None, user.organization_id):
        raise NotFound("user", user_id)
    response.headers["ETag"] = etag(user.version)
    return UserOut.model_validate(user)


@router.patch(
    "/{user_id}", responses=problem_docs(RoleTooHigh, EmailTaken, LastAdministrator, HomeMismatch)
)
async def change_user(
    user_id: UUID,
    patch: UserPatch,
    session: Session,
    caller: Caller,
    seen: IfMatch,
    response: Response,
) -> UserOut:
    """Change a user. A new role or standing ends the user's sessions."""
    changes = users.Changes(patch.email, patch.name, patch.role, patch.active)
    user = await users.change(session, caller, user_id, changes, seen)
    response.headers["ETag"] = etag(user.version)
    return UserOut.model_validate(user)


@router.delete(
    "/{user_id}", status_code=204, responses=problem_docs(RoleTooHigh, LastAdministrator)
)
async def deactivate_user(user_id: UUID, session: Session, caller: Caller, seen: IfMatch) -> None:
    """Lock a user out. Nobody is erased, because what they did names them."""
    await users.change(session, caller, user_id, users.Changes(active=False), seen)


@passwords_router.post(
    "", status_code=201, responses=problem_docs(RoleTooHigh, EmailTaken, HomeMismatch)
)
async def create_user(
    new: UserIn, caller: Caller, identity: IdentityOf, response: Response
) -> UserOut:
    """Make a user, at most as powerful as the caller."""
    wanted = users.NewUser(new.email, new.name, new.role, new.organization_id)
    meant = users.check_may_create(caller, wanted)
    password_hash = await identity.passwords.hash(new.password.get_secret_value())
    async with identity.database.session(caller.organization_id) as session:
        user = await users.create(session, caller, meant, password_hash)
    response.headers["ETag"] = etag(user.version)
    response.headers["Location"] = f"/api/v1/users/{user.id}"
    return UserOut.model_validate(user)


@passwords_router.post("/{user_id}/password", status_code=204, responses=problem_docs(RoleTooHigh))
async def reset_password(
    user_id: UUID, body: PasswordIn, caller: Caller, identity: IdentityOf
) -> None:
    """Give a user another password. Their sessions end."""
    password_hash = await identity.passwords.hash(body.password.get_secret_value())
    async with identity.database.session(caller.organization_id) as session:
        await users.reset_password(session, caller, user_id, password_hash)
