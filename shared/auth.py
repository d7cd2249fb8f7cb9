"""Who is calling: EdDSA access tokens, verified alike by every service.

The gateway issues short tokens (`TokenIssuer`); each process verifies them against the
published key and remembers verified ones until they expire, so a revoked user may act for
up to the 15 minutes of a token's life. The key file may hold several keys: publish the
new one, wait for old tokens to expire, retire the old one. It is read again when it changes.

A platform_admin belongs to no organization and acts within the one named by the header
`X-Organization-Id`; anyone else may name their own organization only.
"""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from fastapi import Depends, Request
from starlette.datastructures import Headers

from shared import clock
from shared.ids import new_id
from shared.openapi import documented, header
from shared.problems import Forbidden, Problem, Unauthorized, ValidationFailed

ISSUER: Final = "duesline"
LIFETIME: Final = timedelta(minutes=15)
LEEWAY: Final = timedelta(seconds=30)
ORGANIZATION_HEADER: Final = "X-Organization-Id"
REMEMBERED_TOKENS: Final = 10_000
KEY_CHECK_SECONDS: Final = 5.0


class Role(StrEnum):
    """What a user may do."""

    PLATFORM_ADMIN = "platform_admin"
    ORG_ADMIN = "org_admin"
    CLERK = "clerk"
    COLLECTOR = "collector"
    READ_ONLY = "read_only"


@dataclass(frozen=True, slots=True)
class Principal:
    """The user behind a request; `organization_id` is the one they act within."""

    user_id: UUID
    organization_id: UUID | None
    role: Role
    name: str


class TokenIssuer:
    """Signs access tokens; only the gateway and the testing kit hold a private key."""

    def __init__(self, private_key_pem: bytes | str, lifetime: timedelta = LIFETIME) -> None:
        pem = private_key_pem.encode() if isinstance(private_key_pem, str) else private_key_pem
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("tokens are signed with an Ed25519 key; this is another kind")
        self._key = key
        self.lifetime = lifetime
        self.public_key_pem = _public_pem(key.public_key())
        self.key_id = key_id(key.public_key())

    def issue(
        self,
        user_id: UUID,
        role: Role,
        organization_id: UUID | None,
        name: str,
        *,
        lifetime: timedelta | None = None,
    ) -> tuple[str, datetime]:
        """A token and the instant it expires."""
        if (organization_id is None) is not (role is Role.PLATFORM_ADMIN):
            raise ValueError("a platform_admin has no organization, and everyone else has one")
        issued_at = clock.now()
        expires_at = issued_at + (lifetime or self.lifetime)
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": str(user_id),
            "role": role.value,
            "name": name,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": str(new_id()),
        }
        if organization_id is not None:
            claims["org"] = str(organization_id)
        token = jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self.key_id})
        return token, expires_at


class TokenVerifier:
    """Turns a token into a Principal, or raises Unauthorized saying why not.

    Takes the keys of a PEM text, those of a file, or both.
    """

    def __init__(self, pem: str = "", *, file: Path | None = None) -> None:
        self._file = file
        self._file_state: tuple[int, int] | None = None
        self._looked_at = clock.now()
        self._given = _public_keys(pem)
        self._keys = self._given
        self._known: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        if file is not None:
            self._read_file()

    def verify(self, token: str) -> Principal:
        """The principal of a token that one of our keys signed and that has not expired."""
        now = clock.now()
        self._look_for_new_keys(now)
        known = self._known.get(token)
        if known is not None:
            principal, expires_at = known
            if now.timestamp() < expires_at:
                self._known.move_to_end(token)
                return principal
            del self._known[token]
            raise Unauthorized("The token has expired; get a new one.", error="invalid_token")
        principal, expires_at = self._decode(token, now)
        self._known[token] = principal, expires_at
        while len(self._known) > REMEMBERED_TOKENS:
            self._known.popitem(last=False)
        return principal

    def _decode(self, token: str, now: datetime) -> tuple[Principal, float]:
        """Check the signature by PyJWT and the times by our own clock."""
        try:
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise Unauthorized(
                    "The token is signed with a key we do not know.", error="invalid_token"
                )
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                issuer=ISSUER,
                audience=ISSUER,
                options={
                    "require": ["exp", "iat", "sub", "jti"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
            expires_at, issued_at = float(claims["exp"]), float(claims["iat"])
            principal = _principal(claims)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise Unauthorized("The token is not one of ours.", error="invalid_token") from error
        if now.timestamp() >= expires_at:
            raise Unauthorized("The token has expired; get a new one.", error="invalid_token")
        if issued_at > (now + LEEWAY).timestamp():
            raise Unauthorized(
                "The token is from the future; check the clocks.", error="invalid_token"
            )
        return principal, expires_at

    def _look_for_new_keys(self, now: datetime) -> None:
        if self._file is None or abs((now - self._looked_at).total_seconds()) < KEY_CHECK_SECONDS:
            return
        self._looked_at = now
        self._read_file()

    def _read_file(self) -> None:
        """Take the keys of the file if it changed; while it is away the old ones hold."""
        assert self._file is not None
        try:
            found = self._file.stat()
            state = found.st_mtime_ns, found.st_size
            if state == self._file_state:
                return
            keys = self._given | _public_keys(self._file.read_text())
        except (OSError, ValueError):
            if not self._keys:
                raise
            return
        self._file_state = state
        self._keys = keys
        self._known.clear()


class Authentication:
    """ASGI: puts the Principal in the request's state, or the reason why there is none.

    Nothing is refused here: an endpoint for everyone (health, log in) bears a stale token,
    every other asks for the caller and raises the reason.
    """

    def __init__(self, app: Any, verifier: TokenVerifier) -> None:
        self.app = app
        self.verifier = verifier

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            try:
                state["principal"] = self.authenticate(Headers(scope=scope))
            except Problem as refusal:
                state["principal_refused"] = refusal
        await self.app(scope, receive, send)

    def authenticate(self, headers: Headers) -> Principal | None:
        """Who the headers say is calling; raises Unauthorized, Forbidden, ValidationFailed."""
        authorization = headers.get("authorization")
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized(
                "The Authorization header must read: Bearer <token>.", error="invalid_request"
            )
        principal = self.verifier.verify(token.strip())
        named = headers.get(ORGANIZATION_HEADER)
        return principal if named is None else within(principal, named)


def within(principal: Principal, organization: str) -> Principal:
    """The principal acting within the organization that a header names."""
    try:
        organization_id = UUID(organization)
    except ValueError as error:
        raise ValidationFailed.of("give a UUID", "header", ORGANIZATION_HEADER) from error
    if principal.role is Role.PLATFORM_ADMIN:
        return replace(principal, organization_id=organization_id)
    if organization_id != principal.organization_id:
        raise Forbidden(f"{ORGANIZATION_HEADER} names an organization you do not belong to.")
    return principal


@documented(
    Unauthorized,
    Forbidden,
    secured=True,
    headers=[
        header(
            ORGANIZATION_HEADER,
            "The organization a platform_admin acts within.",
            format="uuid",
        )
    ],
)
async def authenticated(request: Request) -> Principal:
    """The request's Principal; raises Unauthorized without a token that holds."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise getattr(request.state, "principal_refused", None) or Unauthorized()
    return principal


Caller = Annotated[Principal, Depends(authenticated)]


def allow(*roles: Role) -> Any:
    """A dependency: these roles pass, and the administrators; 401 without a token, else 403."""
    allowed = {*roles, Role.ORG_ADMIN, Role.PLATFORM_ADMIN}
    return _only(frozenset(allowed))


def platform_only() -> Any:
    """A dependency: only a platform_admin passes."""
    return _only(frozenset({Role.PLATFORM_ADMIN}))


def _only(allowed: frozenset[Role]) -> Any:
    async def check(caller: Caller) -> Principal:
        if caller.role not in allowed:
            names = ", ".join(sorted(allowed))
            raise Forbidden(f"This takes one of the roles {names}; yours is {caller.role}.")
        return caller

    return Depends(check)


def generate_keys() -> tuple[str, str]:
    """A new private and public key, as PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private.decode(), _public_pem(key.public_key())


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 characters of the key's RFC 7638 thumbprint."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{_base64url(raw)}"}}'
    return _base64url(hashlib.sha256(jwk.encode()).digest())[:16]


def _principal(claims: dict[str, Any]) -> Principal:
    role = Role(claims["role"])
    organization = claims.get("org")
    if (organization is None) is not (role is Role.PLATFORM_ADMIN):
        raise ValueError("organization and role do not go together")
    return Principal(
        user_id=UUID(claims["sub"]),
        organization_id=None if organization is None else UUID(organization),
        role=role,
        name=str(claims["name"]),
    )


def _public_keys(pem: str) -> dict[str, Ed25519PublicKey]:
    """The Ed25519 keys of a text of one PEM block or several, by key id."""
    end = "-----END PUBLIC KEY-----"
    blocks: Iterable[str] = (block + end for block in pem.split(end)[:-1])
    keys = [serialization.load_pem_public_key(block.strip().encode()) for block in blocks]
    return {key_id(key): key for key in keys if isinstance(key, Ed25519PublicKey)}


def _public_pem(key: Ed25519PublicKey) -> str:
    encoded = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return encoded.decode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
