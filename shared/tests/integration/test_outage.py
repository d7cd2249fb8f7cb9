"""A database that goes away in the middle: 503 for those it hits, and back by itself."""

import asyncio

import httpx
import psycopg
from fastapi import APIRouter
from sqlalchemy import text

from shared.http import Session, Transactional
from shared.tests.integration.conftest import MakeProbe, Probe

router = APIRouter(route_class=Transactional)


@router.get("/slow")
async def read_slowly(session: Session, seconds: float = 0) -> float:
    await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
    return seconds


@router.post("/slow")
async def write_slowly(session: Session, seconds: float = 0) -> float:
    await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
    return seconds


async def kill_connections(probe: Probe) -> None:
    """End the app's connections as an administrator would; its own role may do that."""
    async with await psycopg.AsyncConnection.connect(probe.api_db.url) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )


def assert_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"


async def test_requests_in_hand_get_503_and_the_next_ones_work(make_probe: MakeProbe) -> None:
    probe = await make_probe([router])
    async with probe.client() as client:
        waiting = [
            asyncio.create_task(client.request(method, "/slow", params={"seconds": 20}))
            for method in ("GET", "POST") * 3
        ]
        await asyncio.sleep(0.5)
        await kill_connections(probe)
        answers = await asyncio.gather(*waiting)
        after = [await client.get("/slow") for _ in range(10)]

    for answer in answers:
        assert_unavailable(answer)
    assert [answer.status_code for answer in after] == [200] * 10


async def test_idle_connections_that_died_are_replaced_unseen(make_probe: MakeProbe) -> None:
    probe = await make_probe([router])
    async with probe.client() as client:
        await asyncio.gather(*(client.get("/slow", params={"seconds": 0.05}) for _ in range(10)))
        await kill_connections(probe)
        answers = await asyncio.gather(*(client.get("/slow") for _ in range(10)))

    assert {answer.status_code for answer in answers} == {200}


async def test_more_requests_than_connections_wait_their_turn_or_get_503(
    make_probe: MakeProbe,
) -> None:
    probe = await make_probe([router], pool_size=2)
    async with probe.client() as client:
        waiting = await asyncio.gather(
            *(client.get("/slow", params={"seconds": 0.05}) for _ in range(20))
        )
        blocked = await asyncio.gather(
            *(client.get("/slow", params={"seconds": 7}) for _ in range(3))
        )

    assert {answer.status_code for answer in waiting} == {200}
    assert sorted(answer.status_code for answer in blocked) == [200, 200, 503]


async def test_readiness_follows_the_database(make_probe: MakeProbe) -> None:
    probe = await make_probe([router])
    async with probe.client() as client:
        up = await client.get("/health/ready")
        await probe.api_db.close()
        down = await client.get("/health/ready")

    assert up.json()["dependencies"] == {"database": {"state": "up"}}
    assert_unavailable(down)
