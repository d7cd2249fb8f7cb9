"""Making users and changing them.

Who may do it to whom is in rules.py. A user whose role, password or standing changes loses
their sessions, so a new access token says the new role; one that is out lives 15 minutes.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.identity import rules, store
from gateway.identity.model import User
from gateway.identity.problems import HomeMismatch, LastAdministrator, RoleTooHigh
from shared import clock
from shared.auth import Principal, Role
from shared.http import expect_version
from shared.ids import new_id
from shared.problems import NotFound


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a user is made of."""

    email: str
    name: str
    role: Role
    organization_id: UUID | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be changed; None leaves it."""

    email: str | None = None
    name: str | None = None
    role: Role | None = None
    active: bool | None = None


async def widen(session: AsyncSession, caller: Principal) -> None:
    """Let a platform_admin who acts within no organization see the users of all."""
    if caller.role is Role.PLATFORM_ADMIN and caller.organization_id is None:
        await store.see_all(session)


def check_may_create(caller: Principal, new: NewUser) -> NewUser:
    """The user to make, in the organization meant; raises RoleTooHigh, HomeMismatch."""
    if not rules.may_grant(caller.role, new.role):
        raise RoleTooHigh(new.role)
    home = caller.organization_id or new.organization_id
    named_another = new.organization_id not in (None, home)
    if named_another or (home is None) is not (new.role is Role.PLATFORM_ADMIN):
        raise HomeMismatch
    return NewUser(new.email, new.name, new.role, home)


async def create(
    session: AsyncSession, caller: Principal, new: NewUser, password_hash: str
) -> User:
    """A new active user; raises EmailTaken."""
    await widen(session, caller)
    now = clock.now()
    user = User(
        id=new_id(),
        organization_id=new.organization_id,
        email=new.email.lower(),
        name=new.name,
        role=new.role,
        password_hash=password_hash,
        active=True,
        created_at=now,
        updated_at=now,
    )
    await store.save(session, user)
    return user


async def change(
    session: AsyncSession,
    caller: Principal,
    user_id: UUID,
    changes: Changes,
    seen_version: int | None = None,
) -> User:
    """Change a user, and end their sessions when what they may do has changed."""
    user = await _lock(session, caller, user_id)
    expect_version(seen_version, user.version)
    role = changes.role or user.role
    active = user.active if changes.active is None else changes.active
    if not rules.may_grant(caller.role, role):
        raise RoleTooHigh(role)
    if (role is Role.PLATFORM_ADMIN) is not (user.organization_id is None):
        raise HomeMismatch
    if rules.stops_administering(
        role=user.role, active=user.active, new_role=role, new_active=active
    ):
        await _refuse_if_last(session, user)
    now = clock.now()
    if role is not user.role or not active:
        await store.revoke_user(session, user.id, now)
    user.role, user.active = role, active
    user.name = changes.name or user.name
    user.email = (changes.email or user.email).lower()
    if session.is_modified(user):
        user.updated_at = now
    await store.save(session, user)
    return user


async def reset_password(
    session: AsyncSession, caller: Principal, user_id: UUID, password_hash: str
) -> None:
    """Give a user another password and end their sessions."""
    user = await _lock(session, caller, user_id)
    now: datetime = clock.now()
    user.password_hash, user.updated_at = password_hash, now
    await store.revoke_user(session, user.id, now)


async def _lock(session: AsyncSession, caller: Principal, user_id: UUID) -> User:
    """A user the caller may manage; raises NotFound, RoleTooHigh.

    Of an administrator all of its kind are locked first, in their order: so two who would
    remove each other wait for one another, and neither holds what the other waits for.
    """
    await widen(session, caller)
    seen = await session.get(User, user_id)
    if seen is not None and seen.role in rules.ADMINISTRATORS:
        await store.lock_administrators(session, seen.role, seen.organization_id)
    user = await store.lock_user(session, user_id, caller.organization_id)
    if user is None:
        raise NotFound("user", user_id)
    if not rules.may_manage(caller.role, user.role):
        raise RoleTooHigh(user.role)
    return user


async def _refuse_if_last(session: AsyncSession, user: User) -> None:
    working = await store.lock_administrators(session, user.role, user.organization_id)
    if list(working) == [user.id]:
        raise LastAdministrator(user.role)
