"""Users: who sees, makes and changes whom."""

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from gateway.tests.conftest import Door
from shared.auth import Role
from shared.ids import new_id

LAST = "https://duesline.dev/problems/last-administrator"
TOO_HIGH = "https://duesline.dev/problems/role-too-high"


def new_user(**changes: Any) -> dict[str, Any]:
    return {
        "email": f"{new_id().hex}@andes.test",
        "name": "Luis Paz",
        "role": "clerk",
        "password": "a long enough password",
    } | changes


async def test_an_administrator_makes_finds_changes_and_locks_out_users(door: Door) -> None:
    admin = await door.add_user()
    async with await door.signed_in(admin) as client:
        made = await client.post("/users", json=new_user(email="Luis@Andes.test"))
        user = made.json()
        found = await client.get("/users", params={"q": "luis@"})
        seen = await client.get(f"/users/{user['id']}")
        changed = await client.patch(
            f"/users/{user['id']}",
            json={"name": "Luis Paz Ríos", "role": "collector"},
            headers={"If-Match": seen.headers["ETag"]},
        )
        locked = await client.delete(f"/users/{user['id']}")
        after = await client.get(f"/users/{user['id']}")

    assert made.status_code == 201, made.text
    assert made.headers["Location"] == f"/api/v1/users/{user['id']}"
    assert user["email"] == "luis@andes.test"
    assert user["organization_id"] == str(admin.organization_id)
    assert [item["id"] for item in found.json()["items"]] == [user["id"]]
    assert (changed.json()["name"], changed.json()["role"]) == ("Luis Paz Ríos", "collector")
    assert locked.status_code == 204
    assert after.json()["active"] is False


async def test_users_of_another_organization_do_not_exist(door: Door) -> None:
    admin = await door.add_user()
    stranger = await door.add_user(Role.CLERK)
    async with await door.signed_in(admin) as client:
        answers = [
            await client.get(f"/users/{stranger.id}"),
            await client.patch(f"/users/{stranger.id}", json={"name": "Mine"}),
            await client.delete(f"/users/{stranger.id}"),
            await client.post(
                f"/users/{stranger.id}/password", json={"password": "a long enough password"}
            ),
        ]
        listed = await client.get("/users", params={"limit": 500})
        asked_for = await client.get(
            "/users", params={"organization_id": str(stranger.organization_id)}
        )

    assert [answer.status_code for answer in answers] == [404] * 4
    assert [item["id"] for item in listed.json()["items"]] == [str(admin.id)]
    assert [item["id"] for item in asked_for.json()["items"]] == [str(admin.id)]
    await door.log_in(stranger)


async def test_an_organization_cannot_be_borrowed_by_header_or_body(door: Door) -> None:
    admin = await door.add_user()
    async with await door.signed_in(admin) as client:
        by_header = await client.get("/users", headers={"X-Organization-Id": str(new_id())})
        by_body = await client.post("/users", json=new_user(organization_id=str(new_id())))

    assert by_header.status_code == 403
    assert by_body.status_code == 422


@pytest.mark.parametrize("role", [Role.CLERK, Role.COLLECTOR, Role.READ_ONLY])
async def test_only_administrators_see_users_at_all(door: Door, role: Role) -> None:
    user = await door.add_user(role)
    async with await door.signed_in(user) as client:
        answers = [
            await client.get("/users"),
            await client.get(f"/users/{user.id}"),
            await client.post("/users", json=new_user()),
            await client.patch(f"/users/{user.id}", json={"role": "org_admin"}),
            await client.delete(f"/users/{user.id}"),
        ]

    assert [answer.status_code for answer in answers] == [403] * 5


@pytest.mark.parametrize("role", [Role.CLERK, Role.COLLECTOR, Role.READ_ONLY])
async def test_colleagues_and_the_platform_are_known_by_name_and_strangers_are_not(
    door: Door, role: Role
) -> None:
    user = await door.add_user(role)
    colleague = await door.add_user(organization_id=user.organization_id)
    platform, stranger = await door.add_user(Role.PLATFORM_ADMIN), await door.add_user()
    asked = [str(each.id) for each in (user, colleague, platform, stranger)] + [str(new_id())]
    async with await door.signed_in(user) as client:
        answer = await client.get("/users/names", params={"ids": asked})

    found = answer.json()["items"]
    assert {item["id"] for item in found} == {str(each.id) for each in (user, colleague, platform)}
    assert all(item.keys() == {"id", "name"} for item in found)


async def test_names_are_asked_for_by_the_hundred_at_most(door: Door) -> None:
    user = await door.add_user(Role.CLERK)
    async with await door.signed_in(user) as client:
        answers = [
            await client.get("/users/names"),
            await client.get("/users/names", params={"ids": [str(new_id())] * 101}),
            await client.get("/users/names", params={"ids": [str(new_id())] * 100}),
        ]

    assert [answer.status_code for answer in answers] == [422, 422, 200]


async def test_without_a_token_there_is_nothing(door: Door) -> None:
    async with door.client() as client:
        answers = [
            await client.get("/users"),
            await client.get("/users/names", params={"ids": str(new_id())}),
            await client.get("/auth/me"),
        ]

    assert [answer.status_code for answer in answers] == [401] * 3


async def test_an_org_admin_makes_nobody_above_itself(door: Door) -> None:
    admin = await door.add_user()
    clerk = await door.add_user(Role.CLERK, admin.organization_id)
    async with await door.signed_in(admin) as client:
        made = await client.post("/users", json=new_user(role="platform_admin"))
        raised = await client.patch(f"/users/{clerk.id}", json={"role": "platform_admin"})
        peer = await client.post("/users", json=new_user(role="org_admin"))

    assert (made.status_code, made.json()["type"]) == (403, TOO_HIGH)
    assert (raised.status_code, raised.json()["type"]) == (403, TOO_HIGH)
    assert peer.status_code == 201


async def test_a_platform_admin_manages_users_anywhere(door: Door) -> None:
    root = await door.add_user(Role.PLATFORM_ADMIN)
    clerk = await door.add_user(Role.CLERK)
    home = str(clerk.organization_id)
    async with await door.signed_in(root) as client:
        everyone = await client.get("/users", params={"limit": 500})
        of_one = await client.get("/users", params={"organization_id": home})
        within = await client.get("/users", headers={"X-Organization-Id": home})
        renamed = await client.patch(f"/users/{clerk.id}", json={"name": "Renamed"})
        by_body = await client.post("/users", json=new_user(organization_id=home))
        by_header = await client.post(
            "/users", json=new_user(), headers={"X-Organization-Id": home}
        )
        homeless = await client.post("/users", json=new_user())
        peer = await client.post("/users", json=new_user(role="platform_admin"))

    assert {item["id"] for item in everyone.json()["items"]} == {str(root.id), str(clerk.id)}
    assert [item["id"] for item in of_one.json()["items"]] == [str(clerk.id)]
    assert [item["id"] for item in within.json()["items"]] == [str(clerk.id)]
    assert renamed.json()["name"] == "Renamed"
    assert by_body.json()["organization_id"] == by_header.json()["organization_id"] == home
    assert homeless.status_code == 422
    assert peer.json()["organization_id"] is None


async def test_an_e_mail_address_is_one_users(door: Door) -> None:
    taken = await door.add_user(email="ana@andes.test")
    admin = await door.add_user()
    clerk = await door.add_user(Role.CLERK, admin.organization_id)
    async with await door.signed_in(admin) as client:
        made = await client.post("/users", json=new_user(email="ANA@andes.test"))
        changed = await client.patch(f"/users/{clerk.id}", json={"email": taken.email})

    assert (made.status_code, changed.status_code) == (409, 409)
    assert made.json()["type"].endswith("/email-taken")


@pytest.mark.parametrize(
    "change", [{"role": "clerk"}, {"active": False}], ids=["demoted", "deactivated"]
)
async def test_the_last_administrator_stays(door: Door, change: dict[str, Any]) -> None:
    admin = await door.add_user()
    async with await door.signed_in(admin) as client:
        alone = await client.patch(f"/users/{admin.id}", json=change)
        await client.post("/users", json=new_user(role="org_admin"))
        with_another = await client.patch(f"/users/{admin.id}", json=change)

    assert (alone.status_code, alone.json()["type"]) == (409, LAST)
    assert with_another.status_code == 200


async def test_the_last_platform_admin_stays(door: Door) -> None:
    root = await door.add_user(Role.PLATFORM_ADMIN)
    await door.add_user(Role.ORG_ADMIN)
    async with await door.signed_in(root) as client:
        answer = await client.delete(f"/users/{root.id}")

    assert answer.status_code == 409


async def test_two_administrators_cannot_remove_each_other_at_once(door: Door) -> None:
    one = await door.add_user()
    other = await door.add_user(Role.ORG_ADMIN, one.organization_id)
    async with await door.signed_in(one) as first, await door.signed_in(other) as second:
        answers = await asyncio.gather(
            first.delete(f"/users/{other.id}"), second.delete(f"/users/{one.id}")
        )

    assert sorted(answer.status_code for answer in answers) == [204, 409]
    async with door.database.transaction(None) as tx:
        await tx.execute("SELECT set_config('duesline.platform', 'on', true)")
        found = await tx.execute("SELECT count(*) AS left FROM app_user WHERE active")
        row = await found.fetchone()
    assert row == {"left": 1}


async def test_a_stale_change_is_refused(door: Door) -> None:
    admin = await door.add_user()
    clerk = await door.add_user(Role.CLERK, admin.organization_id)
    async with await door.signed_in(admin) as client:
        seen = (await client.get(f"/users/{clerk.id}")).headers["ETag"]
        await client.patch(f"/users/{clerk.id}", json={"name": "First"})
        late = await client.patch(
            f"/users/{clerk.id}", json={"name": "Second"}, headers={"If-Match": seen}
        )

    assert late.status_code == 412


async def test_a_new_role_ends_the_users_sessions(door: Door) -> None:
    admin = await door.add_user()
    clerk = await door.add_user(Role.CLERK, admin.organization_id)
    tokens = await door.log_in(clerk)
    async with await door.signed_in(admin) as client:
        await client.patch(f"/users/{clerk.id}", json={"role": "read_only"})
    async with door.client() as client:
        answer = await client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})

    assert answer.status_code == 401


async def test_an_administrator_gives_a_forgetful_user_another_password(door: Door) -> None:
    admin = await door.add_user()
    clerk = await door.add_user(Role.CLERK, admin.organization_id)
    async with await door.signed_in(admin) as client:
        answer = await client.post(
            f"/users/{clerk.id}/password", json={"password": "given by the admin"}
        )

    assert answer.status_code == 204
    await door.log_in(clerk, "given by the admin")


async def test_a_list_of_users_comes_in_pages(door: Door) -> None:
    admin = await door.add_user(email="a@andes.test")
    for letter in "bcde":
        await door.add_user(Role.CLERK, admin.organization_id, email=f"{letter}@andes.test")
    seen: list[str] = []
    async with await door.signed_in(admin) as client:
        cursor: str | None = None
        while True:
            params: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/users", params=params)).json()
            seen += [item["email"][0] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        wrong = await client.get("/users", params={"sort": "password_hash"})

    assert seen == list("abcde")
    assert wrong.status_code == 400


async def test_sql_without_an_organization_sees_no_user_and_no_session(door: Door) -> None:
    await door.log_in(await door.add_user())
    await door.add_user(Role.PLATFORM_ADMIN)

    async with await psycopg.AsyncConnection.connect(door.database_url) as connection:
        for table in ("app_user", "refresh_token"):
            cursor = await connection.execute(f"SELECT count(*) FROM {table}")
            assert await cursor.fetchone() == (0,)


async def test_sql_within_an_organization_sees_its_users_alone(door: Door) -> None:
    mine = await door.add_user()
    await door.add_user()
    await door.add_user(Role.PLATFORM_ADMIN)

    async with door.database.transaction(mine.organization_id) as tx:
        rows = await (await tx.execute("SELECT id FROM app_user")).fetchall()

    assert [row["id"] for row in rows] == [mine.id]


async def test_every_refusal_is_a_problem(door: Door) -> None:
    admin = await door.add_user()
    async with await door.signed_in(admin) as client:
        answers: list[httpx.Response] = [
            await client.get("/users/not-a-uuid"),
            await client.put("/users"),
            await client.post("/users", content=b"{"),
            await client.get("/auth/nothing"),
        ]

    assert [answer.status_code for answer in answers] == [422, 405, 422, 404]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
