"""The edge: every answer has an id, every refusal is a problem, nothing of ours leaks."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from typing import Annotated, Any

import httpx
import psycopg
import pytest
from fastapi import APIRouter, Query
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from psycopg import errors
from psycopg_pool import PoolTimeout
from pydantic import BaseModel, Field
from sqlalchemy import exc as sa_exc
from starlette.responses import Response
from structlog.testing import capture_logs
from structlog.types import EventDict

from shared import telemetry
from shared.auth import Caller, Role, TokenIssuer, allow, generate_keys, platform_only
from shared.db import Database
from shared.edge import to_problem
from shared.http import (
    IdempotencyKey,
    IfMatch,
    OrganizationId,
    Session,
    Transactional,
    create_http_app,
    etag,
    expect_version,
)
from shared.ids import new_id
from shared.money import MoneyIn
from shared.pages import Paging
from shared.problems import Conflict
from shared.settings import ServiceSettings

PRIVATE, PUBLIC = generate_keys()
ORGANIZATION = new_id()
router = APIRouter(prefix="/things", route_class=Transactional)
FAILURES: dict[str, BaseException] = {}


class ThingIn(BaseModel):
    name: str = Field(max_length=10)
    price: MoneyIn | None = None
    days: int = 0


@router.get("")
async def list_things(paging: Paging, q: str = "") -> dict[str, Any]:
    return {"limit": paging.limit, "q": q}


@router.post("", status_code=201, dependencies=[allow(Role.CLERK)])
async def create_thing(body: ThingIn) -> dict[str, Any]:
    minor = body.price.to_minor("USD") if body.price else 0
    return {"minor": minor, "on": date(2026, 1, 1) + timedelta(days=body.days)}


@router.post("/moved", dependencies=[allow(Role.CLERK)])
async def move_thing(key: IdempotencyKey) -> str:
    return key


@router.get("/mine")
async def my_organization(organization_id: OrganizationId, caller: Caller) -> list[str]:
    return [str(organization_id), caller.name]


@router.patch("/{id}")
async def change_thing(id: int, seen: IfMatch, response: Response) -> None:
    expect_version(seen, 7)
    response.headers["ETag"] = etag(8)


@router.get("/failing/{name}")
async def fail(name: str) -> None:
    raise FAILURES[name]


@router.get("/platform", dependencies=[platform_only()])
async def platform() -> None: ...


@router.post("/large", max_body_size=4_000_000)
async def take_large(body: ThingIn) -> None: ...


@router.get("/filtered")
async def filtered(days: Annotated[int, Query(ge=1)]) -> int:
    return days


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """What was logged, as data; rendering the many tracebacks here would take seconds."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    database = Database("postgresql://127.0.0.1:1/none", application="test")
    app = create_http_app(
        "things", [router], database, ServiceSettings(token_public_key=PUBLIC, access_log=False)
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://things") as client:
        yield client


def sign_in(role: Role = Role.CLERK) -> dict[str, str]:
    scope = None if role is Role.PLATFORM_ADMIN else ORGANIZATION
    token, _ = TokenIssuer(PRIVATE).issue(new_id(), role, scope, "Ana")
    return {"Authorization": f"Bearer {token}"}


def assert_problem(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"]
    body: dict[str, Any] = response.json()
    assert body["type"] == f"https://duesline.dev/problems/{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


async def test_every_answer_carries_a_request_id_the_callers_own_if_it_is_plain(
    client: httpx.AsyncClient,
) -> None:
    kept = await client.get("/things", headers={"X-Request-Id": "abc-1.2_3"})
    replaced = await client.get("/things", headers={"X-Request-Id": 'a"b\tc'})

    assert kept.headers["x-request-id"] == "abc-1.2_3"
    assert len(replaced.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("PUT", "/things", 405, "method-not-allowed"),
        ("GET", "/things/", 404, "not-found"),
        ("GET", "/things?limit=0", 422, "validation-failed"),
        ("GET", "/things?limit=501", 422, "validation-failed"),
        ("GET", "/things?q=a%00b", 422, "validation-failed"),
        ("GET", "/things/%00", 422, "validation-failed"),
        ("POST", "/things", 401, "unauthorized"),
        ("GET", "/things/mine", 401, "unauthorized"),
    ],
)
async def test_refusals_of_the_framework_are_problems_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, slug: str
) -> None:
    assert_problem(await client.request(method, path), status, slug)


async def test_a_405_names_the_methods_there_are(client: httpx.AsyncClient) -> None:
    assert (await client.put("/things")).headers["allow"] == "GET, POST"
    assert (await client.delete("/things/moved")).headers["allow"] == "PATCH, POST"


@pytest.mark.parametrize(
    ("content", "status", "slug"),
    [
        (b"{", 422, "validation-failed"),
        (b"", 422, "validation-failed"),
        (b"[]", 422, "validation-failed"),
        (b"\xff", 400, "bad-request"),
        (b"[" * 100_000, 400, "bad-request"),
        (b'{"name": "a\\u0000b"}', 422, "validation-failed"),
        (b'{"name": "\\\\\\\\u0000"}', 201, ""),
        (b'{"name": "\\ud800"}', 422, "validation-failed"),
        (b'{"\\ud800": 1}', 422, "validation-failed"),
        (b'{"name": "x", "days": 1e400}', 422, "validation-failed"),
        (b'{"name": "x", "days": NaN}', 422, "validation-failed"),
        (b'{"name": "x", "days": 99999999999}', 422, "validation-failed"),
        (b'{"name": "x", "days": ' + b"9" * 5000 + b"}", 400, "bad-request"),
        (b'{"name": "x", "price": {"amount": "1.005"}}', 422, "amount-invalid"),
        (b'{"name": "' + b"x" * 3_000_000 + b'"}', 413, "too-large"),
    ],
)
async def test_no_body_makes_us_fail(
    client: httpx.AsyncClient, content: bytes, status: int, slug: str
) -> None:
    headers = {"Content-Type": "application/json", **sign_in()}

    response = await client.post("/things", content=content, headers=headers)

    if status < 300:
        assert response.status_code == status
    else:
        assert_problem(response, status, slug)


async def test_validation_errors_say_where_and_what(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/things", json={"name": "x" * 11, "price": {"amount": 5}}, headers=sign_in()
    )

    body = assert_problem(response, 422, "validation-failed")
    assert body["errors"] == [
        {
            "loc": ["body", "name"],
            "msg": "String should have at most 10 characters",
            "type": "string_too_long",
        },
        {
            "loc": ["body", "price", "amount"],
            "msg": "write the amount as a string of digits such as '45.00'",
            "type": "value_error",
        },
    ]


async def test_a_body_without_a_length_is_cut_off_at_the_limit(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    response = await client.post(
        "/things",
        content=endless(),
        headers={"Content-Type": "application/json", **sign_in()},
    )

    assert_problem(response, 413, "too-large")


async def test_a_route_may_take_more_than_the_rest(client: httpx.AsyncClient) -> None:
    padding = b" " * 3_000_000
    headers = {"Content-Type": "application/json"}

    large = await client.post("/things/large", content=padding + b'{"name":"x"}', headers=headers)
    too_large = await client.post("/things/large", content=padding + padding, headers=headers)

    assert large.status_code == 200
    assert_problem(too_large, 413, "too-large")


async def test_a_bug_is_a_500_that_tells_nothing_of_our_insides_but_to_the_log(
    client: httpx.AsyncClient, logged: list[EventDict]
) -> None:
    FAILURES["bug"] = RuntimeError("secret")

    response = await client.get("/things/failing/bug")

    body = assert_problem(response, 500, "internal-error")
    assert "secret" not in response.text
    assert "trace_id" in body
    assert logged[0]["event"] == "unhandled"
    assert logged[0]["exc_info"] is FAILURES["bug"]


def diagnosed(kind: type[psycopg.Error], **_: object) -> psycopg.Error:
    return kind("what the server said")


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (psycopg.OperationalError("connection refused"), 503, "unavailable"),
        (psycopg.InterfaceError("the connection is closed"), 503, "unavailable"),
        (PoolTimeout("no connection"), 503, "unavailable"),
        (errors.AdminShutdown("terminating"), 503, "unavailable"),
        (errors.SerializationFailure("could not serialize"), 503, "unavailable"),
        (errors.DeadlockDetected("deadlock"), 503, "unavailable"),
        (errors.QueryCanceled("timeout"), 503, "unavailable"),
        (errors.UniqueViolation("duplicate"), 409, "conflict"),
        (errors.CheckViolation("check"), 409, "conflict"),
        (errors.NumericValueOutOfRange("bigint"), 422, "validation-failed"),
        (psycopg.DataError("NUL (0x00) bytes"), 422, "validation-failed"),
        (errors.SyntaxError("syntax"), 500, "internal-error"),
        (errors.InsufficientPrivilege("denied"), 500, "internal-error"),
        (OverflowError("date value out of range"), 422, "validation-failed"),
        (sa_exc.TimeoutError("QueuePool limit"), 503, "unavailable"),
        (Conflict("no"), 409, "conflict"),
        (KeyError("x"), 500, "internal-error"),
    ],
)
async def test_errors_below_us_are_told_apart(
    client: httpx.AsyncClient, error: Exception, status: int, slug: str
) -> None:
    FAILURES["raw"] = error
    FAILURES["wrapped"] = (
        sa_exc.DBAPIError("SELECT 1", {}, error) if isinstance(error, psycopg.Error) else error
    )

    for name in ("raw", "wrapped"):
        response = await client.get(f"/things/failing/{name}")
        assert_problem(response, status, slug)
        assert ("retry-after" in response.headers) == (status == 503)


async def test_a_database_that_is_away_is_a_503(client: httpx.AsyncClient) -> None:
    probing = APIRouter(route_class=Transactional)

    @probing.get("/probing")
    async def probe(session: Session) -> None: ...

    app: Any = client._transport.app  # type: ignore[attr-defined]
    app.include_router(probing)

    assert_problem(await client.get("/probing"), 503, "unavailable")
    ready = assert_problem(await client.get("/health/ready"), 503, "not-ready")
    assert ready["dependencies"] == {"database": {"state": "down", "error": "PoolClosed"}}
    assert (await client.get("/health/live")).json()["status"] == "live"


async def test_roles_are_told_apart(client: httpx.AsyncClient) -> None:
    body = {"name": "x"}
    for role, status in [
        (Role.CLERK, 201),
        (Role.ORG_ADMIN, 201),
        (Role.PLATFORM_ADMIN, 201),
        (Role.COLLECTOR, 403),
        (Role.READ_ONLY, 403),
    ]:
        assert (
            await client.post("/things", json=body, headers=sign_in(role))
        ).status_code == status

    refused = await client.get("/things/platform", headers=sign_in(Role.ORG_ADMIN))
    assert_problem(refused, 403, "forbidden")
    let_in = await client.get("/things/platform", headers=sign_in(Role.PLATFORM_ADMIN))
    assert let_in.status_code == 200


async def test_a_bad_token_is_refused_where_a_caller_is_needed_and_borne_elsewhere(
    client: httpx.AsyncClient,
) -> None:
    stale = {"Authorization": "Bearer stale"}

    refused = await client.get("/things/mine", headers=stale)

    assert_problem(refused, 401, "unauthorized")
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    assert (await client.get("/health/live", headers=stale)).status_code == 200


async def test_a_platform_admin_names_the_organization_to_act_within(
    client: httpx.AsyncClient,
) -> None:
    admin, other = sign_in(Role.PLATFORM_ADMIN), str(new_id())

    async def mine(headers: dict[str, str]) -> httpx.Response:
        return await client.get("/things/mine", headers=headers)

    assert (await mine(admin | {"X-Organization-Id": other})).json() == [other, "Ana"]
    assert (await mine(sign_in())).json()[0] == str(ORGANIZATION)
    assert_problem(await mine(admin), 403, "forbidden")
    assert_problem(await mine(sign_in() | {"X-Organization-Id": other}), 403, "forbidden")
    assert_problem(await mine(admin | {"X-Organization-Id": "x"}), 422, "validation-failed")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (None, 200),
        ("*", 200),
        ('"7"', 200),
        ('W/"7"', 200),
        ('"6"', 412),
        ("7", 412),
        ('"x"', 412),
        ('"٧"', 412),
        ('"' + "9" * 40 + '"', 412),
        ("", 412),
    ],
)
async def test_a_change_needs_the_version_that_was_seen(
    client: httpx.AsyncClient, given: str | None, status: int
) -> None:
    headers = {} if given is None else {b"If-Match": given.encode()}

    response = await client.patch("/things/1", headers=headers)

    assert response.status_code == status
    if status == 200:
        assert response.headers["etag"] == '"8"'
    else:
        assert_problem(response, 412, "precondition-failed")


@pytest.mark.parametrize(
    ("key", "slug"),
    [
        (None, "idempotency-key-missing"),
        ("", "idempotency-key-invalid"),
        ("x" * 256, "idempotency-key-invalid"),
        ("a b", "idempotency-key-invalid"),
        ("ñ", "idempotency-key-invalid"),
    ],
)
async def test_money_moves_under_a_usable_key_only(
    client: httpx.AsyncClient, key: str | None, slug: str
) -> None:
    headers: dict[str, Any] = dict(sign_in())
    if key is not None:
        headers["Idempotency-Key"] = key.encode()

    assert_problem(await client.post("/things/moved", headers=headers), 400, slug)
    accepted = await client.post("/things/moved", headers={**sign_in(), "Idempotency-Key": "k"})
    assert accepted.json() == "k"


async def test_each_request_leaves_one_line_in_the_log(logged: list[EventDict]) -> None:
    database = Database("postgresql://127.0.0.1:1/none", application="test")
    settings = ServiceSettings(token_public_key=PUBLIC)
    transport = httpx.ASGITransport(app=create_http_app("things", [router], database, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://things") as client:
        await client.patch("/things/5", headers=sign_in())
        await client.get("/health/live")

    (line,) = logged
    assert (line["event"], line["method"], line["path"]) == ("request", "PATCH", "/things/5")
    assert (line["route"], line["status"]) == ("/things/{id}", 200)
    assert line["organization_id"] == str(ORGANIZATION)
    assert line["ms"] > 0


async def test_probes_leave_no_spans_and_requests_one_each(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "TRACER", provider.get_tracer("test"))
    cause = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    for path in ("/health/live", "/metrics"):
        await client.get(path)
    await client.patch("/things/5", headers={**sign_in(), "traceparent": cause})

    (span,) = exporter.get_finished_spans()
    assert span.name == "PATCH /things/{id}"
    assert f"{span.context.trace_id:032x}" == cause[3:35]
    assert dict(span.attributes or {}) == {
        "http.request.method": "PATCH",
        "http.route": "/things/{id}",
        "http.response.status_code": 200,
        "url.path": "/things/5",
        "duesline.organization": str(ORGANIZATION),
    }


async def test_metrics_count_by_route_and_not_by_path(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.patch(f"/things/{number}")
    await client.get("/wp-admin.php")

    text = (await client.get("/metrics")).text

    assert 'route="/things/{id}",service="things",status="200"' in text
    assert 'route="unmatched",service="things",status="404"' in text
    assert "wp-admin" not in text
    assert "/things/1" not in text


async def test_a_route_is_labelled_with_the_prefixes_of_all_its_routers() -> None:
    outer = APIRouter(prefix="/outer")
    outer.include_router(router)
    database = Database("postgresql://127.0.0.1:1/none", application="test")
    app = create_http_app("nested", [outer], database, ServiceSettings())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://x"
    ) as client:
        await client.patch("/outer/things/5")
        text = (await client.get("/metrics")).text

    assert 'route="/outer/things/{id}",service="nested"' in text


async def test_an_app_asks_its_gauges_when_metrics_are_read() -> None:
    async def gauges() -> dict[str, float]:
        return {"duesline_test_depth": 12.0}

    async def broken() -> dict[str, float]:
        raise RuntimeError

    database = Database("postgresql://127.0.0.1:1/none", application="test")
    for asked, expected in [(gauges, True), (broken, False)]:
        app = create_http_app(f"gauged-{expected}", [], database, ServiceSettings(), gauges=asked)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            text = (await client.get("/metrics")).text
        line = f'duesline_test_depth{{service="gauged-{expected}"}} 12.0'
        assert (line in text) is expected


async def test_readiness_names_what_is_down() -> None:
    async def up() -> None: ...

    async def down() -> None:
        raise ConnectionError("amqp://secret@host")

    database = Database("postgresql://127.0.0.1:1/none", application="test")
    app = create_http_app(
        "x", [], database, ServiceSettings(), checks={"database": up, "broker": down}
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://x"
    ) as client:
        response = await client.get("/health/ready")

    body = assert_problem(response, 503, "not-ready")
    assert body["dependencies"] == {
        "database": {"state": "up"},
        "broker": {"state": "down", "error": "ConnectionError"},
    }
    assert "secret" not in response.text


async def test_concurrent_requests_keep_their_own_ids(client: httpx.AsyncClient) -> None:
    ids = [f"request-{number}" for number in range(50)]

    answers = await asyncio.gather(
        *(client.get("/things", headers={"X-Request-Id": each}) for each in ids)
    )

    assert [answer.headers["x-request-id"] for answer in answers] == ids


def test_a_problem_of_a_problem_is_itself() -> None:
    problem = Conflict("no", a=1)

    assert to_problem(problem) is problem
    assert json.dumps(problem.body())
