"""No organization sees another's rows: through any endpoint, or by SQL without a scope."""

import re
from typing import Any
from uuid import UUID

import psycopg
import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.flow.story import invoice, pay, subscriber
from tests.flow.world import SERVICES, World

UNSCOPED = """
SELECT c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'organization_id'
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
ORDER BY 1
"""
BUS_TABLES = {"outbox", "dead_letter"}  # platform tables, behind platform-only endpoints
CSV = (
    "customer_ref,customer_name,line_number,plan_name,plan_price,debt_ref,amount,due_on\n"
    "C1,Carla,1,Fibra,10.00,D1,10.00,2026-01-31\n"
    ",nobody,,,,,,\n"
)


async def populate(world: World) -> set[str]:
    """One of everything; the ids of it all."""
    ana = await subscriber(world)
    owed = await invoice(world, ana, due_in=1)
    await world.advance(2)
    paid = await pay(world, owed["id"], "10.00")
    job = await world.call(
        "ingestion", "POST", "/imports", status=202, files={"file": ("x.csv", CSV, "text/csv")}
    )
    run = await world.call("collections", "POST", "/collections/runs", status=202)
    for _ in range(6):
        await world.tick()
        await world.settle()
    decisions = await world.call("collections", "GET", "/collections/decisions")
    ids = {str(world.organization_id), job["id"], run["id"], paid["id"], owed["id"]}
    return ids | {ana.customer_id, ana.line_id} | {item["id"] for item in decisions["items"]}


async def test_a_stranger_sees_nothing_through_any_endpoint(world: World) -> None:
    theirs = await populate(world)
    home = world.organization_id
    await world.create_organization(name="Strangers")
    assert world.organization_id != home
    seen, asked = [], 0
    for service in SERVICES:
        document = world.members[service.name].app.openapi()
        for path, operations in document["paths"].items():
            for method in operations.keys() & {"get", "post", "patch", "put", "delete"}:
                if path.startswith(("/admin", "/health", "/metrics")) or path.endswith("/events"):
                    continue
                for request in fill(path, theirs):
                    asked += 1
                    seen += await leaks(world, service.name, method, request, theirs)
    assert seen == []
    assert asked > 100


def fill(path: str, ids: set[str]) -> list[str]:
    """The path with each of the ids in its first parameter."""
    if "{" not in path:
        return [path]
    return [re.sub(r"\{[^}]*\}", one, path) for one in sorted(ids)]


async def leaks(world: World, service: str, method: str, path: str, theirs: set[str]) -> list[str]:
    """What a stranger's call gave away."""
    async with world.client(service) as client:
        headers = {"Idempotency-Key": str(new_id())}
        kwargs: dict[str, Any] = {} if method in {"get", "delete"} else {"json": {}}
        answer = await client.request(method.upper(), path, headers=headers, **kwargs)
    if answer.status_code >= 500:
        return [f"{method} {path}: {answer.status_code} {answer.text[:200]}"]
    if answer.status_code >= 400:
        return []
    found = {one for one in theirs if one in answer.text}
    return [f"{method} {path}: {answer.status_code} shows {found}"] if found else []


async def test_a_platform_admin_must_name_the_organization(world: World) -> None:
    async with world.client("customers", Role.PLATFORM_ADMIN) as client:
        del client.headers["X-Organization-Id"]
        answer = await client.get("/customers")
    assert answer.status_code == 403


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
async def test_sql_without_the_organization_set_sees_no_row(world: World, service: str) -> None:
    await populate(world)
    member = world.members[service]
    tables = {row["name"] for row in await member.rows(UNSCOPED)} - BUS_TABLES
    filled = 0
    async with await psycopg.AsyncConnection.connect(member.urls.api) as api:
        for table in sorted(tables):
            [worker] = await member.rows(f"SELECT count(*) AS n FROM {table}")
            unscoped = await (await api.execute(f"SELECT count(*) FROM {table}")).fetchone()
            filled += bool(worker["n"])
            assert unscoped == (0,), table
            await api.execute(
                "SELECT set_config('duesline.organization', %s, true)", (str(UUID(int=7)),)
            )
            strange = await (await api.execute(f"SELECT count(*) FROM {table}")).fetchone()
            assert strange == (0,), table
            await api.rollback()
    assert filled >= 2
