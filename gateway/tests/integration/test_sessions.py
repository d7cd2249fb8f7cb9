"""Logging in, staying in, leaving."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from gateway.tests.conftest import PASSWORD, Door, open_door
from shared import clock
from shared.auth import Role
from shared.testing import Bed

BAD = "https://duesline.dev/problems/bad-credentials"
INVALID = "https://duesline.dev/problems/refresh-token-invalid"
REUSED = "https://duesline.dev/problems/refresh-token-reused"


async def refresh(door: Door, token: str) -> httpx.Response:
    async with door.client() as client:
        return await client.post("/auth/refresh", json={"refresh_token": token})


async def log_in(door: Door, email: str, password: str) -> httpx.Response:
    async with door.client() as client:
        return await client.post("/auth/login", json={"email": email, "password": password})


async def test_logging_in_gives_a_token_that_says_who_one_is(door: Door) -> None:
    user = await door.add_user(Role.CLERK)

    tokens = await door.log_in(user)

    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["sub"] == str(user.id)
    assert claims["org"] == str(user.organization_id)
    assert claims["role"] == "clerk"
    assert 890 <= tokens["expires_in"] <= 900
    async with door.client(tokens["access_token"]) as client:
        me = await client.get("/auth/me")
    assert me.json()["email"] == user.email
    assert "password" not in me.text


async def test_the_published_key_verifies_the_token(door: Door) -> None:
    tokens = await door.log_in(await door.add_user())
    async with httpx.AsyncClient() as client:
        published = (await client.get(f"{door.url}/.well-known/jwks.json")).json()

    key = jwt.PyJWKSet.from_dict(published)[
        jwt.get_unverified_header(tokens["access_token"])["kid"]
    ]
    claims = jwt.decode(tokens["access_token"], key, algorithms=["EdDSA"], audience="duesline")
    assert claims["iss"] == "duesline"


async def test_the_e_mail_address_is_taken_in_any_case(door: Door) -> None:
    user = await door.add_user(email="ana@andes.test")

    answer = await log_in(door, "ANA@Andes.Test", PASSWORD)

    assert answer.json()["user"]["id"] == str(user.id)


async def test_a_wrong_password_an_unknown_and_an_inactive_user_look_alike(door: Door) -> None:
    user = await door.add_user()
    inactive = await door.add_user(active=False)

    answers = [
        await log_in(door, user.email, "wrong password"),
        await log_in(door, "nobody@andes.test", PASSWORD),
        await log_in(door, inactive.email, PASSWORD),
    ]

    assert [answer.status_code for answer in answers] == [401] * 3
    assert {answer.json()["type"] for answer in answers} == {BAD}
    assert len({answer.text for answer in answers}) == 1


async def test_guessing_is_stopped_even_when_all_guesses_come_at_once(door: Door) -> None:
    user = await door.add_user()
    allowed = door.settings.login_attempts

    guesses = await asyncio.gather(
        *(log_in(door, user.email, f"guess number {n}") for n in range(allowed + 15))
    )
    right = await log_in(door, user.email, PASSWORD)

    assert [guess.status_code for guess in guesses].count(401) == allowed
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0


async def test_after_the_window_the_right_password_works_again(door: Door) -> None:
    user = await door.add_user()
    for n in range(door.settings.login_attempts + 1):
        refused = await log_in(door, user.email, f"guess number {n}")
    assert refused.status_code == 429

    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert (await log_in(door, user.email, PASSWORD)).status_code == 200


async def test_logging_in_forgets_the_failed_attempts(door: Door) -> None:
    user = await door.add_user()
    for _ in range(3):
        for n in range(door.settings.login_attempts - 1):
            await log_in(door, user.email, f"guess number {n}")
        await door.log_in(user)


async def test_a_refresh_token_is_exchanged_for_new_tokens(door: Door) -> None:
    first = await door.log_in(await door.add_user())

    second = (await refresh(door, first["refresh_token"])).json()
    third = await refresh(door, second["refresh_token"])

    assert third.status_code == 200
    assert (
        len({first["refresh_token"], second["refresh_token"], third.json()["refresh_token"]}) == 3
    )


async def test_using_a_refresh_token_twice_ends_the_session_for_both_holders(door: Door) -> None:
    first = await door.log_in(await door.add_user())
    second = (await refresh(door, first["refresh_token"])).json()

    reused = await refresh(door, first["refresh_token"])
    after = await refresh(door, second["refresh_token"])

    assert (reused.status_code, reused.json()["type"]) == (401, REUSED)
    assert (after.status_code, after.json()["type"]) == (401, INVALID)


async def test_ending_one_session_leaves_the_others(door: Door) -> None:
    user = await door.add_user()
    phone, desk = await door.log_in(user), await door.log_in(user)
    await refresh(door, phone["refresh_token"])
    await refresh(door, phone["refresh_token"])

    assert (await refresh(door, desk["refresh_token"])).status_code == 200


async def test_of_two_exchanges_at_once_only_one_succeeds(door: Door) -> None:
    tokens = await door.log_in(await door.add_user())

    answers = await asyncio.gather(*(refresh(door, tokens["refresh_token"]) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_logging_out_ends_the_session_and_may_be_repeated(door: Door) -> None:
    tokens = await door.log_in(await door.add_user())
    body = {"refresh_token": tokens["refresh_token"]}

    async with door.client() as client:
        once = await client.post("/auth/logout", json=body)
        twice = await client.post("/auth/logout", json=body)
        unknown = await client.post("/auth/logout", json={"refresh_token": "never seen"})

    assert [once.status_code, twice.status_code, unknown.status_code] == [204] * 3
    assert (await refresh(door, tokens["refresh_token"])).status_code == 401


async def test_a_session_ends_when_it_is_not_used(door: Door) -> None:
    tokens = await door.log_in(await door.add_user())

    with clock.frozen(clock.now() + timedelta(days=14, seconds=1)):
        assert (await refresh(door, tokens["refresh_token"])).status_code == 401


async def test_a_session_ends_in_the_end_however_often_it_is_used(door: Door) -> None:
    tokens = await door.log_in(await door.add_user())
    with clock.frozen(clock.now()) as time:
        for _ in range(8):
            time.advance(timedelta(days=10))
            tokens = (await refresh(door, tokens["refresh_token"])).json()
        time.advance(timedelta(days=9, hours=23))
        assert (await refresh(door, tokens["refresh_token"])).status_code == 200
        time.advance(timedelta(hours=2))
        assert (await refresh(door, tokens["refresh_token"])).status_code == 401


async def test_only_a_hash_of_a_refresh_token_is_kept(door: Door) -> None:
    tokens = await door.log_in(await door.add_user())

    async with door.database.transaction(None) as tx:
        await tx.execute("SELECT set_config('duesline.platform', 'on', true)")
        rows = await (await tx.execute("SELECT hash FROM refresh_token")).fetchall()

    assert len(rows) == 1
    assert tokens["refresh_token"].encode() not in bytes(rows[0]["hash"])


async def test_changing_the_password_ends_every_session_and_begins_a_new_one(door: Door) -> None:
    user = await door.add_user()
    old = await door.log_in(user)
    change = {"current_password": PASSWORD, "new_password": "another long password"}

    async with door.client(old["access_token"]) as client:
        answer = await client.post("/auth/password", json=change)

    assert answer.status_code == 200, answer.text
    assert (await refresh(door, old["refresh_token"])).status_code == 401
    assert (await refresh(door, answer.json()["refresh_token"])).status_code == 200
    assert (await log_in(door, user.email, PASSWORD)).status_code == 401
    await door.log_in(user, "another long password")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"current_password": "wrong", "new_password": "another long password"}, 401),
        ({"current_password": PASSWORD, "new_password": "short"}, 422),
    ],
)
async def test_a_password_is_changed_only_by_who_knows_it_and_for_a_long_one(
    door: Door, change: dict[str, Any], status: int
) -> None:
    user = await door.add_user()
    async with await door.signed_in(user) as client:
        assert (await client.post("/auth/password", json=change)).status_code == status
    await door.log_in(user)


async def test_a_deactivated_user_cannot_stay_in(door: Door) -> None:
    admin = await door.add_user()
    clerk = await door.add_user(Role.CLERK, admin.organization_id)
    tokens = await door.log_in(clerk)

    async with await door.signed_in(admin) as client:
        assert (await client.delete(f"/users/{clerk.id}")).status_code == 204

    assert (await refresh(door, tokens["refresh_token"])).status_code == 401
    async with door.client(tokens["access_token"]) as client:
        assert (await client.get("/auth/me")).status_code == 401


async def test_the_first_administrator_is_there_once_and_keeps_its_password(
    bed: Bed, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("the very first password\n")
    told = {"admin_email": "root@duesline.test", "admin_password_file": tmp_path / "password"}

    async with open_door(bed, tmp_path, **told) as door:
        for _ in range(8):
            answer = await log_in(door, "root@duesline.test", "the very first password")
            if answer.status_code == 200:
                break
            await asyncio.sleep(0.25)

    assert answer.json()["user"]["role"] == "platform_admin"
