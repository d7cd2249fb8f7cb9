"""Tokens: ours or not, in time or not, and what they let a caller do."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.datastructures import Headers

from shared import auth, clock
from shared.auth import (
    Authentication,
    Principal,
    Role,
    TokenIssuer,
    TokenVerifier,
    generate_keys,
    within,
)
from shared.ids import new_id
from shared.problems import Forbidden, Unauthorized, ValidationFailed

PRIVATE, PUBLIC = generate_keys()
NOON = datetime(2026, 8, 10, 12, tzinfo=UTC)
ORGANIZATION = new_id()
USER = new_id()


def token(role: Role = Role.CLERK, organization: UUID | None = ORGANIZATION) -> str:
    return TokenIssuer(PRIVATE).issue(USER, role, organization, "Ana")[0]


def test_a_token_of_ours_names_its_principal() -> None:
    principal = TokenVerifier(PUBLIC).verify(token())

    assert principal == Principal(USER, ORGANIZATION, Role.CLERK, "Ana")


def test_a_platform_admin_has_no_organization_and_nobody_else_lacks_one() -> None:
    issuer = TokenIssuer(PRIVATE)

    assert TokenVerifier(PUBLIC).verify(token(Role.PLATFORM_ADMIN, None)).organization_id is None
    with pytest.raises(ValueError, match="platform_admin"):
        issuer.issue(USER, Role.PLATFORM_ADMIN, ORGANIZATION, "Ana")
    with pytest.raises(ValueError, match="platform_admin"):
        issuer.issue(USER, Role.CLERK, None, "Ana")


def test_a_token_holds_for_15_minutes_and_not_a_second_more() -> None:
    verifier = TokenVerifier(PUBLIC)
    with clock.frozen(NOON) as frozen:
        text, expires_at = TokenIssuer(PRIVATE).issue(USER, Role.CLERK, ORGANIZATION, "Ana")
        assert expires_at == NOON + timedelta(minutes=15)

        frozen.move_to(expires_at - timedelta(seconds=1))
        assert verifier.verify(text).user_id == USER
        frozen.move_to(expires_at)
        for each in (verifier, TokenVerifier(PUBLIC)):
            with pytest.raises(Unauthorized, match="expired"):
                each.verify(text)


def test_a_token_from_the_future_is_refused_but_for_a_clocks_drift() -> None:
    with clock.frozen(NOON):
        text = token()
    with clock.frozen(NOON - timedelta(seconds=20)):
        assert TokenVerifier(PUBLIC).verify(text).user_id == USER
    with (
        clock.frozen(NOON - timedelta(minutes=2)),
        pytest.raises(Unauthorized, match="from the future"),
    ):
        TokenVerifier(PUBLIC).verify(text)


def claims(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "iss": "duesline",
        "aud": "duesline",
        "sub": str(USER),
        "org": str(ORGANIZATION),
        "role": "clerk",
        "name": "Ana",
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 60,
        "jti": "1",
    }
    merged = base | changes
    return {name: value for name, value in merged.items() if value is not None}


def signed(payload: dict[str, object], algorithm: str = "EdDSA", key: object = None) -> str:
    own = serialization.load_pem_private_key(PRIVATE.encode(), None)
    kid = TokenIssuer(PRIVATE).key_id
    return jwt.encode(payload, own if key is None else key, algorithm, headers={"kid": kid})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "payload",
    [
        claims(iss="someone"),
        claims(aud="other"),
        claims(role="root"),
        claims(role="platform_admin"),
        claims(org=None),
        claims(org="none"),
        claims(sub="ana"),
        claims(sub=None),
        claims(exp=None),
        claims(exp="soon"),
        claims(jti=None),
        claims(name=None),
    ],
)
def test_a_token_with_wrong_claims_is_refused(payload: dict[str, object]) -> None:
    with clock.frozen(NOON), pytest.raises(Unauthorized):
        TokenVerifier(PUBLIC).verify(signed(payload))


def test_the_claims_above_are_wrong_by_their_change_alone() -> None:
    with clock.frozen(NOON):
        assert TokenVerifier(PUBLIC).verify(signed(claims())).name == "Ana"


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "none"])
def test_only_eddsa_signs(algorithm: str) -> None:
    key: object = {
        "HS256": PUBLIC.replace("-----BEGIN PUBLIC KEY-----", "secret"),
        "RS256": rsa.generate_private_key(65537, 2048),
        "none": "",
    }[algorithm]
    with clock.frozen(NOON), pytest.raises(Unauthorized):
        TokenVerifier(PUBLIC).verify(signed(claims(), algorithm, key))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é", "." * 5000])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(Unauthorized):
        TokenVerifier(PUBLIC).verify(text)


def test_an_altered_token_is_refused() -> None:
    head, body, signature = token().split(".")
    other = token(Role.ORG_ADMIN).split(".")[1]

    with pytest.raises(Unauthorized):
        TokenVerifier(PUBLIC).verify(f"{head}.{other}.{signature}")
    assert body != other


def test_another_issuers_token_is_refused() -> None:
    with pytest.raises(Unauthorized, match="do not know"):
        TokenVerifier(generate_keys()[1]).verify(token())


def test_keys_rotate_without_a_gap(tmp_path: Path) -> None:
    file = tmp_path / "keys.pem"
    file.write_text(PUBLIC)
    new_private, new_public = generate_keys()
    with clock.frozen(NOON) as frozen:
        verifier = TokenVerifier(file=file)
        old = token()
        new, _ = TokenIssuer(new_private).issue(USER, Role.CLERK, ORGANIZATION, "Ana")
        with pytest.raises(Unauthorized):
            verifier.verify(new)

        file.write_text(PUBLIC + new_public)
        frozen.advance(timedelta(seconds=10))
        assert verifier.verify(old) == verifier.verify(new)

        file.write_text(new_public)
        os.utime(file, ns=(1, 1))
        frozen.advance(timedelta(seconds=10))
        assert verifier.verify(new).user_id == USER
        with pytest.raises(Unauthorized, match="do not know"):
            verifier.verify(old)


def test_given_keys_hold_beside_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "keys.pem"
    file.write_text(generate_keys()[1])

    assert TokenVerifier(PUBLIC, file=file).verify(token()).user_id == USER


def test_a_key_file_that_goes_away_or_breaks_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "keys.pem"
    file.write_text(PUBLIC)
    with clock.frozen(NOON) as frozen:
        verifier = TokenVerifier(file=file)
        text = token()
        file.write_text("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n")
        frozen.advance(timedelta(seconds=10))
        assert verifier.verify(text).user_id == USER
        file.unlink()
        frozen.advance(timedelta(seconds=10))
        assert verifier.verify(text).user_id == USER


def test_a_process_does_not_start_without_its_key_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        TokenVerifier(file=tmp_path / "missing.pem")


def test_remembered_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "REMEMBERED_TOKENS", 3)
    verifier = TokenVerifier(PUBLIC)

    for _ in range(10):
        verifier.verify(token())

    assert len(verifier._known) == 3


def test_only_a_platform_admin_acts_within_another_organization() -> None:
    other = new_id()
    admin = Principal(USER, None, Role.PLATFORM_ADMIN, "Ana")
    clerk = Principal(USER, ORGANIZATION, Role.CLERK, "Ana")

    assert within(admin, str(other)).organization_id == other
    assert within(clerk, str(ORGANIZATION)) == clerk
    with pytest.raises(Forbidden):
        within(clerk, str(other))
    with pytest.raises(ValidationFailed):
        within(admin, "nonsense")


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer  ", "Token x", ""])
def test_only_bearer_tokens_are_read(header: str) -> None:
    async def app(scope: object, receive: object, send: object) -> None: ...

    with pytest.raises(Unauthorized):
        Authentication(app, TokenVerifier(PUBLIC)).authenticate(Headers({"authorization": header}))
