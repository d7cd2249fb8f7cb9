"""The short way answers as the long one does."""

from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from shared.db import Database
from shared.direct import Direct
from shared.http import create_http_app
from shared.money import MoneyError
from shared.problems import Conflict
from shared.settings import ServiceSettings

FAILURES = {
    "conflict": Conflict("taken", by="x"),
    "money": MoneyError("not an amount"),
    "invalid": RequestValidationError([{"loc": ("body", "a"), "msg": "no", "type": "t"}]),
    "database": psycopg.OperationalError("away"),
    "bug": RuntimeError("secret"),
}
router = APIRouter(prefix="/coins")


async def take(request: Request) -> Response:
    """Echo, or fail as the body says."""
    body = (await request.body()).decode()
    if body in FAILURES:
        raise FAILURES[body]
    return Response(body.encode() + request.url.query.encode(), 201, {"Location": "/coins/1"})


class TakeCoin(Direct):
    async def direct(self, request: Request) -> Response:
        return await take(request)


@router.get("/{coin_id}")
async def get_coin(coin_id: str) -> str:
    return coin_id


@router.get("/direct")
async def never_reached() -> None: ...


for path, kind in (("/direct", TakeCoin), ("/{purse_id}/direct", TakeCoin), ("/usual", None)):
    router.add_api_route(path, take, methods=["POST"], status_code=201, route_class_override=kind)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    outer = APIRouter(prefix="/outer")
    outer.include_router(router)
    database = Database("postgresql://127.0.0.1:1/none", application="test")
    app = create_http_app("coins", [outer], database, ServiceSettings(max_body_bytes=1024))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://coins/outer") as client:
        yield client


async def test_a_direct_route_answers_whether_or_not_its_path_has_parameters(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/coins/direct", "/coins/red/direct", "/coins/usual"):
        answer = await client.post(f"{path}?a=1", content=b"gold")

        assert (answer.status_code, answer.text) == (201, "golda=1")
        assert answer.headers["location"] == "/coins/1"
        assert answer.headers["x-request-id"]


@pytest.mark.parametrize("body", [*FAILURES, "x" * 2000])
async def test_a_direct_route_refuses_as_any_other(client: httpx.AsyncClient, body: str) -> None:
    headers = {"X-Request-Id": "the-same"}

    direct = await client.post("/coins/direct", content=body, headers=headers)
    usual = await client.post("/coins/usual", content=body, headers=headers)

    assert direct.status_code == usual.status_code >= 400
    assert direct.headers == usual.headers
    assert direct.json() | {"trace_id": 0} == usual.json() | {"trace_id": 0}
    assert direct.headers["content-type"] == "application/problem+json"


async def test_the_short_way_is_for_its_method_alone(client: httpx.AsyncClient) -> None:
    found, refused = await client.get("/coins/direct"), await client.put("/coins/direct")

    assert found.json() == "direct"
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, POST"


async def test_the_short_way_is_measured_by_its_template(client: httpx.AsyncClient) -> None:
    await client.post("/coins/direct", content=b"gold")

    text = (await client.get("http://coins/metrics")).text

    assert 'method="POST",route="/outer/coins/direct",service="coins",status="201"' in text
