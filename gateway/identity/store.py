"""Every query about users, sessions and attempts to log in."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import ColumnElement, Select, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.identity.model import RefreshToken, User
from gateway.identity.problems import EmailTaken
from shared.auth import Role
from shared.db import Connection
from shared.pages import PageRequest, paginate

PLATFORM: Final = text("SELECT set_config('duesline.platform', 'on', true)")

EMAIL_IS_UNIQUE: Final = "uq_app_user_email"
COUNT_ATTEMPT: Final = """
INSERT INTO login_attempt AS a (key, attempts, since) VALUES (%(key)s, 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET
    attempts = CASE WHEN a.since <= %(now)s - %(window)s::interval THEN 1 ELSE a.attempts + 1 END,
    since = CASE WHEN a.since <= %(now)s - %(window)s::interval THEN %(now)s ELSE a.since END
RETURNING attempts, since
"""
FORGET_ATTEMPTS: Final = """
DELETE FROM login_attempt WHERE key = %(key)s OR since <= %(now)s - %(window)s::interval
"""
FORGET_TOKENS: Final = "DELETE FROM refresh_token WHERE user_id = :user AND expires_at < :now"
NOTE_LOGIN: Final = "UPDATE app_user SET last_login_at = :now WHERE id = :user"
ENSURE_USER: Final = """
INSERT INTO app_user (id, email, name, role, password_hash)
VALUES (%(id)s, %(email)s, %(name)s, 'platform_admin', %(password_hash)s)
ON CONFLICT (email) DO NOTHING
"""


async def see_all(session: AsyncSession) -> None:
    """Let this transaction see and write users of every organization and of none.

    For what happens before anybody knows whose user it is, and for platform administrators.
    """
    await session.execute(PLATFORM)


async def user_by_email(session: AsyncSession, email: str) -> User | None:
    """The user who logs in with this address."""
    found: User | None = await session.scalar(select(User).where(User.email == email.lower()))
    return found


async def save(session: AsyncSession, user: User) -> None:
    """Write a user; EmailTaken when another one anywhere has the address."""
    email = user.email  # after a failed flush it cannot be read any more
    session.add(user)
    try:
        await session.flush()
    except IntegrityError as error:
        cause = error.orig
        if isinstance(cause, UniqueViolation) and cause.diag.constraint_name == EMAIL_IS_UNIQUE:
            raise EmailTaken(email) from error
        raise


def users(
    organization_id: UUID | None, q: str | None, role: Role | None, active: bool | None
) -> Select[User]:
    """The users asked for; None asks for any. Served by ix_app_user_organization_id_email."""
    query = select(User)
    if organization_id is not None:
        query = query.where(User.organization_id == organization_id)
    if q:
        pattern = "%" + q.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
        query = query.where(or_(User.email.ilike(pattern), User.name.ilike(pattern)))
    if role is not None:
        query = query.where(User.role == role)
    if active is not None:
        query = query.where(User.active.is_(active))
    return query


SORTABLE: Final[dict[str, ColumnElement[Any]]] = {
    "email": User.email.expression,
    "name": User.name.expression,
    "created_at": User.created_at.expression,
}


async def page_of(
    session: AsyncSession, query: Select[User], paging: PageRequest
) -> tuple[list[User], str | None]:
    """One page of such users, and the cursor of the next."""
    rows, following = await paginate(
        session, query, paging, sortable=SORTABLE, default="email", key=User.id.expression
    )
    return [row[0] for row in rows], following


async def names(
    session: AsyncSession, organization_id: UUID | None, ids: Sequence[UUID]
) -> list[User]:
    """Of these users, those of the organization and the platform's; None asks for all."""
    query = select(User).where(User.id.in_(ids)).order_by(User.name, User.id)
    if organization_id is not None:
        at_home = User.organization_id == organization_id
        query = query.where(or_(at_home, User.role == Role.PLATFORM_ADMIN))
    return list(await session.scalars(query))


async def lock_user(
    session: AsyncSession, user_id: UUID, organization_id: UUID | None
) -> User | None:
    """A user to be changed; with an organization, only if the user is of it."""
    query = select(User).where(User.id == user_id).with_for_update()
    query = query.execution_options(populate_existing=True)
    if organization_id is not None:
        query = query.where(User.organization_id == organization_id)
    found: User | None = await session.scalar(query)
    return found


async def lock_administrators(
    session: AsyncSession, role: Role, organization_id: UUID | None
) -> Sequence[UUID]:
    """The working administrators of one kind in one place, locked in order of id.

    So of two who would each remove the other one waits, and finds itself the last.
    """
    query = (
        select(User.id)
        .where(
            User.role == role,
            User.active,
            User.organization_id.is_not_distinct_from(organization_id),
        )
        .order_by(User.id)
        .with_for_update()
    )
    return (await session.scalars(query)).all()


async def lock_token(session: AsyncSession, digest: bytes) -> tuple[RefreshToken, User] | None:
    """A refresh token and whose it is; a second exchange of it waits here for the first."""
    query = (
        select(RefreshToken, User)
        .join(User, User.id == RefreshToken.user_id)
        .where(RefreshToken.hash == digest)
        .with_for_update(of=RefreshToken)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


async def revoke_family(session: AsyncSession, family_id: UUID, at: datetime) -> None:
    """End one session."""
    await _revoke(session, RefreshToken.family_id == family_id, at)


async def revoke_user(session: AsyncSession, user_id: UUID, at: datetime) -> None:
    """End every session of a user."""
    await _revoke(session, RefreshToken.user_id == user_id, at)


async def _revoke(session: AsyncSession, which: ColumnElement[bool], at: datetime) -> None:
    statement = update(RefreshToken).where(which, RefreshToken.revoked_at.is_(None))
    await session.execute(
        statement.values(revoked_at=at).execution_options(synchronize_session=False)
    )


def attempt_key(email: str, address: str) -> bytes:
    """What attempts are counted by; says neither the e-mail nor the address."""
    return hashlib.sha256(f"{email.lower()}\0{address}".encode()).digest()


async def count_attempt(
    tx: Connection, key: bytes, now: datetime, window: timedelta
) -> tuple[int, datetime]:
    """Count one more attempt: how many there were in this window, and since when."""
    cursor = await tx.execute(COUNT_ATTEMPT, {"key": key, "now": now, "window": window})
    row = await cursor.fetchone()
    assert row is not None
    return row["attempts"], row["since"]


async def forget_attempts(tx: Connection, key: bytes, now: datetime, window: timedelta) -> None:
    """Start anew for one key, and clear away what no longer counts for any."""
    await tx.execute(FORGET_ATTEMPTS, {"key": key, "now": now, "window": window})


async def note_login(session: AsyncSession, user_id: UUID, now: datetime) -> None:
    """Remember when a user logged in last, and clear away expired refresh tokens of theirs.

    Not a change of the user as others see it, so the version stays.
    """
    facts = {"user": user_id, "now": now}
    await session.execute(text(NOTE_LOGIN), facts)
    await session.execute(text(FORGET_TOKENS), facts)


async def ensure_administrator(
    tx: Connection, *, user_id: UUID, email: str, name: str, password_hash: str
) -> bool:
    """Make the platform_admin unless a user with the address exists; True when made."""
    await tx.execute("SELECT set_config('duesline.platform', 'on', true)")
    facts = {"id": user_id, "email": email.lower(), "name": name, "password_hash": password_hash}
    return (await tx.execute(ENSURE_USER, facts)).rowcount == 1
