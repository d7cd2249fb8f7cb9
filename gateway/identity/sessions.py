"""Logging in, staying in, leaving: the life of a session.

Nothing that hashes a password holds a transaction. Each outcome that must be remembered
although the caller is refused (an attempt counted, a family revoked) commits before the
refusal is raised.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.identity import store
from gateway.identity.model import RefreshToken, User
from gateway.identity.passwords import Passwords
from gateway.identity.problems import (
    BadCredentials,
    RefreshTokenInvalid,
    RefreshTokenReused,
    TooManyAttempts,
)
from shared import clock
from shared.auth import TokenIssuer
from shared.db import Database
from shared.ids import new_id

log = structlog.get_logger(__name__)

TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions live, and how attempts to begin one are counted."""

    refresh: timedelta = timedelta(days=14)
    session: timedelta = timedelta(days=90)
    attempts: int = 10
    attempts_window: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a caller gets to go on with."""

    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime
    user: User


@dataclass(frozen=True, slots=True)
class Identity:
    """What the operations stand on."""

    database: Database
    issuer: TokenIssuer
    passwords: Passwords
    lifetimes: Lifetimes

    async def log_in(self, email: str, password: str, address: str) -> Granted:
        """Begin a session; raises BadCredentials without saying what was wrong.

        An attempt counts until one succeeds, and is counted before the password is looked
        at: any number of guesses at once count one by one.
        """
        user = await self._attempt(email, address)
        matches = await self.passwords.check(password, user.password_hash if user else None)
        if user is None or not matches or not user.active:
            log.info("login-refused", user_id=str(user.id) if user else None)
            raise BadCredentials
        now, lifetimes = clock.now(), self.lifetimes
        async with self.database.session(None) as session:
            await store.see_all(session)
            current = await store.lock_user(session, user.id, None)
            if current is None or current.password_hash != user.password_hash:
                raise BadCredentials
            granted = self._begin(session, current, now)
            await store.note_login(session, current.id, now)
        async with self.database.transaction(None) as tx:
            key = store.attempt_key(email, address)
            await store.forget_attempts(tx, key, now, lifetimes.attempts_window)
        log.info("login", user_id=str(user.id))
        return granted

    async def _attempt(self, email: str, address: str) -> User | None:
        """Count the attempt and find who is meant; raises TooManyAttempts."""
        now, window = clock.now(), self.lifetimes.attempts_window
        async with self.database.transaction(None) as tx:
            key = store.attempt_key(email, address)
            attempts, since = await store.count_attempt(tx, key, now, window)
        if attempts > self.lifetimes.attempts:
            raise TooManyAttempts(max(1, ceil((since + window - now).total_seconds())))
        async with self.database.read(None) as session:
            await store.see_all(session)
            return await store.user_by_email(session, email)

    async def refresh(self, token: str) -> Granted:
        """Exchange a refresh token for new tokens, once.

        One that was exchanged before ends its session for whoever holds it: of two holders
        one is a thief, and nobody can tell which.
        """
        now = clock.now()
        async with self.database.session(None) as session:
            await store.see_all(session)
            outcome = await self._exchange(session, token, now)
        if isinstance(outcome, Granted):
            return outcome
        raise outcome

    async def _exchange(
        self, session: AsyncSession, token: str, now: datetime
    ) -> Granted | RefreshTokenInvalid | RefreshTokenReused:
        found = await store.lock_token(session, _digest(token))
        if found is None:
            return RefreshTokenInvalid()
        link, user = found
        if link.revoked_at is not None or link.expires_at <= now:
            return RefreshTokenInvalid()
        if link.rotated_at is not None:
            await store.revoke_family(session, link.family_id, now)
            log.warning("refresh-token-reused", user_id=str(user.id), family=str(link.family_id))
            return RefreshTokenReused()
        if not user.active:
            await store.revoke_family(session, link.family_id, now)
            return RefreshTokenInvalid()
        link.rotated_at = now
        return self._grant(session, user, link.family_id, link.ends_at, now)

    async def log_out(self, token: str) -> None:
        """End the session of a refresh token; an unknown one has none, which is as well."""
        async with self.database.session(None) as session:
            await store.see_all(session)
            found = await store.lock_token(session, _digest(token))
            if found is not None:
                await store.revoke_family(session, found[0].family_id, clock.now())

    async def change_password(self, user_id: UUID, current: str, new: str) -> Granted:
        """Give a user a new password; every session of theirs ends, and a new one begins."""
        async with self.database.read(None) as session:
            await store.see_all(session)
            user = await session.get(User, user_id)
        matches = await self.passwords.check(current, user.password_hash if user else None)
        if user is None or not matches or not user.active:
            raise BadCredentials
        new_hash = await self.passwords.hash(new)
        now = clock.now()
        async with self.database.session(None) as session:
            await store.see_all(session)
            locked = await store.lock_user(session, user_id, None)
            if locked is None or locked.password_hash != user.password_hash:
                raise BadCredentials
            locked.password_hash, locked.updated_at = new_hash, now
            await store.revoke_user(session, user_id, now)
            return self._begin(session, locked, now)

    def _begin(self, session: AsyncSession, user: User, now: datetime) -> Granted:
        return self._grant(session, user, new_id(), now + self.lifetimes.session, now)

    def _grant(
        self, session: AsyncSession, user: User, family: UUID, ends_at: datetime, now: datetime
    ) -> Granted:
        """The next link of a session and an access token to go with it."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        expires_at = min(now + self.lifetimes.refresh, ends_at)
        session.add(
            RefreshToken(
                hash=_digest(token),
                family_id=family,
                user_id=user.id,
                organization_id=user.organization_id,
                issued_at=now,
                expires_at=expires_at,
                ends_at=ends_at,
            )
        )
        access, access_expires_at = self.issuer.issue(
            user.id, user.role, user.organization_id, user.name
        )
        return Granted(access, access_expires_at, token, expires_at, user)


def _digest(token: str) -> bytes:
    """What is kept of a refresh token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()
