"""/auth: log in, refresh, log out, who am I.

These routes are not Transactional, and remember no answer for an Idempotency-Key: an answer
here is a secret.
"""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, SecretStr

from gateway.identity import store
from gateway.identity.dependencies import IdentityOf
from gateway.identity.model import User
from gateway.identity.problems import (
    BadCredentials,
    RefreshTokenInvalid,
    RefreshTokenReused,
    TooManyAttempts,
)
from gateway.identity.sessions import Granted
from gateway.identity.users_api import NewPassword, UserOut
from shared import clock
from shared.auth import Caller
from shared.problems import Unauthorized, problem_docs

router = APIRouter(prefix="/auth", tags=["auth"])


class Login(BaseModel):
    """Who is coming in."""

    email: str = Field(max_length=254, examples=["ana@andes.example"])
    password: SecretStr = Field(max_length=200)


class Refresh(BaseModel):
    """A session, by the last refresh token it was given."""

    refresh_token: SecretStr = Field(max_length=200)


class PasswordChange(BaseModel):
    """The old password and the new one."""

    current_password: SecretStr = Field(max_length=200)
    new_password: NewPassword


class Tokens(BaseModel):
    """What to go on with: the access token for requests, the refresh token for the next ones."""

    access_token: str = Field(description="Send it as `Authorization: Bearer ...`.")
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="Seconds the access token has left.")
    expires_at: datetime
    refresh_token: str = Field(description="Good for one exchange; keep it out of reach.")
    refresh_expires_at: datetime
    user: UserOut

    @classmethod
    def of(cls, granted: Granted) -> "Tokens":
        """The tokens as the API shows them."""
        seconds = (granted.access_expires_at - clock.now()).total_seconds()
        return cls(
            access_token=granted.access_token,
            expires_in=int(seconds),
            expires_at=granted.access_expires_at,
            refresh_token=granted.refresh_token,
            refresh_expires_at=granted.refresh_expires_at,
            user=UserOut.model_validate(granted.user),
        )


@router.post("/login", responses=problem_docs(BadCredentials, TooManyAttempts))
async def log_in(login: Login, request: Request, identity: IdentityOf) -> Tokens:
    """Begin a session with an e-mail address and a password."""
    address = request.client.host if request.client else "unknown"
    granted = await identity.log_in(login.email, login.password.get_secret_value(), address)
    return Tokens.of(granted)


@router.post("/refresh", responses=problem_docs(RefreshTokenInvalid, RefreshTokenReused))
async def refresh(body: Refresh, identity: IdentityOf) -> Tokens:
    """Exchange a refresh token for new tokens. The old one is worthless afterwards.

    Exchanging it a second time ends the session.
    """
    return Tokens.of(await identity.refresh(body.refresh_token.get_secret_value()))


@router.post("/logout", status_code=204)
async def log_out(body: Refresh, identity: IdentityOf) -> None:
    """End the session of a refresh token. Access tokens of it expire by themselves."""
    await identity.log_out(body.refresh_token.get_secret_value())


@router.get("/me")
async def me(caller: Caller, identity: IdentityOf) -> UserOut:
    """The user behind the token."""
    async with identity.database.read(None) as session:
        await store.see_all(session)
        user = await session.get(User, caller.user_id)
    if user is None or not user.active:
        raise Unauthorized("The user of this token is not active any more.")
    return UserOut.model_validate(user)


@router.post("/password", responses=problem_docs(BadCredentials))
async def change_password(body: PasswordChange, caller: Caller, identity: IdentityOf) -> Tokens:
    """Change one's own password. Every session ends; the answer begins a new one."""
    granted = await identity.change_password(
        caller.user_id,
        body.current_password.get_secret_value(),
        body.new_password.get_secret_value(),
    )
    return Tokens.of(granted)
