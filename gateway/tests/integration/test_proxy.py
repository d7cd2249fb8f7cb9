"""What passes through the door: bytes, both ways, as they come."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.document import load
from gateway.edge.proxy import SHORT_ANSWER_BYTES
from gateway.tests import upstream
from gateway.tests.conftest import Door, open_door, served
from gateway.tests.upstream import Upstream
from shared.auth import Role
from shared.testing import Bed

JSON = (b"content-type", b"application/json")


def headers_of(seen: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in seen["headers"]}


async def test_a_request_arrives_as_it_was_sent(door: Door) -> None:
    async with door.client() as client:
        answer = await client.patch(
            "/customers/a%2Fb%20c?q=%C3%B1&q=2&empty=",
            content=b'{"name": "\xc3\x91"}',
            headers={"Content-Type": "application/json", "If-Match": '"7"'},
        )

    seen = answer.json()
    assert seen["method"] == "PATCH"
    assert seen["path"] == "/customers/a%2Fb%20c"
    assert seen["query"] == "q=%C3%B1&q=2&empty="
    assert seen["body"].encode("latin-1") == b'{"name": "\xc3\x91"}'
    assert headers_of(seen)["if-match"] == '"7"'


async def test_a_signed_webhook_passes_without_a_token_and_byte_for_byte(door: Door) -> None:
    signed = b'{ "id":"evt_1",\r\n  "type": "ping", "n": 1.0e2, "\xc3\xb1": "\\u00f1" }\n'
    async with door.client() as client:
        answer = await client.post(
            "/webhooks/stripe/0198c0de-0000-7000-8000-000000000001",
            content=signed,
            headers={"Stripe-Signature": "t=1,v1=ab", "Content-Type": "application/json"},
        )

    seen = answer.json()
    assert seen["body"].encode("latin-1") == signed
    assert headers_of(seen)["stripe-signature"] == "t=1,v1=ab"
    assert "authorization" not in headers_of(seen)


async def test_a_service_learns_who_asked_and_under_which_id(door: Door) -> None:
    async with door.client() as client:
        answer = await client.get(
            "/payments",
            headers={
                "X-Request-Id": "my-request.1",
                "X-Forwarded-For": "10.1.2.3",
                "X-Forwarded-Prefix": "/evil",
            },
        )

    told = headers_of(answer.json())
    assert answer.headers["X-Request-Id"] == "my-request.1"
    assert told["x-request-id"] == "my-request.1"
    assert told["x-forwarded-prefix"] == "/api/v1"
    assert told["x-forwarded-proto"] == "http"
    assert told["x-forwarded-host"] in door.url


async def test_a_request_without_an_id_gets_one(door: Door) -> None:
    async with door.client() as client:
        answer = await client.get("/payments")

    assert answer.headers["X-Request-Id"] == headers_of(answer.json())["x-request-id"]


async def test_the_body_and_headers_of_an_answer_arrive_unchanged(door: Door) -> None:
    packed = b"\x1f\x8b not unpacked on the way"

    async def compressed(_: Upstream, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-encoding", b"zstd"), (b"etag", b'"3"'), (b"set-cookie", b"a=1")]
        await upstream.answer(send, packed, *headers, (b"set-cookie", b"b=2"), status=201)

    door.upstream.behaviours["/customers"] = compressed
    async with door.client() as client, client.stream("POST", "/customers") as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])

    assert (answer.status_code, raw) == (201, packed)
    assert answer.headers["etag"] == '"3"'
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_a_head_request_has_the_headers_and_no_body(door: Door) -> None:
    async with door.client() as client:
        answer = await client.head("/customers")

    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 0
    assert answer.content == b""


async def test_a_large_answer_arrives_whole(door: Door) -> None:
    body = bytes(range(256)) * (SHORT_ANSWER_BYTES // 64)

    async def large(_: Upstream, scope: Any, receive: Any, send: Any) -> None:
        await upstream.answer(send, body)

    door.upstream.behaviours["/invoices"] = large
    async with door.client() as client:
        answer = await client.get("/invoices")

    assert answer.content == body


async def test_an_upload_arrives_in_pieces_while_it_is_sent(door: Door) -> None:
    door.upstream.behaviours["/imports"] = upstream.swallow

    async def file() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 100_000
            await asyncio.sleep(0)

    async with door.client() as client:
        answer = await client.post("/imports", content=file())

    assert answer.json()["bytes"] == 4_000_000
    assert answer.json()["pieces"] > 10


async def test_a_multipart_form_arrives_as_it_was_sent(door: Door) -> None:
    async with door.client() as client:
        answer = await client.post(
            "/imports", files={"file": ("debts.csv", b"ref;amount\n1;2\n", "text/csv")}
        )

    seen = answer.json()
    assert "boundary=" in headers_of(seen)["content-type"]
    assert "ref;amount\n1;2\n" in seen["body"]


async def test_server_sent_events_arrive_one_by_one(door: Door) -> None:
    door.upstream.behaviours["/imports/1/events"] = upstream.tick
    async with door.client() as client, client.stream("GET", "/imports/1/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.aiter_lines()
        for number in range(1, 4):
            door.upstream.ticks.put_nowait(None)
            async with asyncio.timeout(2):
                event = [await anext(lines) for _ in range(3)]
            assert event == [f"id: {number}", f"data: tick {number}", ""]


async def test_a_service_notices_that_its_listener_has_gone(door: Door) -> None:
    door.upstream.behaviours["/imports/1/events"] = upstream.tick
    async with door.client() as client, client.stream("GET", "/imports/1/events") as answer:
        door.upstream.ticks.put_nowait(None)
        await anext(answer.aiter_bytes())

    async with asyncio.timeout(3):
        await door.upstream.left.wait()


async def test_events_outlast_the_silence_a_request_may_keep(bed: Bed, tmp_path: Path) -> None:
    async with open_door(bed, tmp_path, silence_seconds=0.2) as door:
        door.upstream.behaviours["/imports/1/events"] = upstream.tick
        listen = {"Accept": "text/event-stream"}
        async with (
            door.client() as client,
            client.stream("GET", "/imports/1/events", headers=listen) as answer,
        ):
            await asyncio.sleep(0.6)
            door.upstream.ticks.put_nowait(None)
            async with asyncio.timeout(2):
                assert b"tick 1" in await anext(answer.aiter_bytes())


async def test_a_service_that_says_nothing_is_a_504(bed: Bed, tmp_path: Path) -> None:
    async with open_door(bed, tmp_path, silence_seconds=0.2) as door:
        door.upstream.behaviours["/payments"] = upstream.silence
        async with door.client() as client:
            answer = await client.post("/payments", json={})

    assert answer.status_code == 504
    assert answer.json()["type"].endswith("/service-slow")
    assert answer.json()["service"] == "payments"


async def test_an_upload_may_take_longer_than_the_silence_a_service_may_keep(
    bed: Bed, tmp_path: Path
) -> None:
    async with open_door(bed, tmp_path, silence_seconds=0.3) as door:
        door.upstream.behaviours["/imports"] = upstream.swallow

        async def slow_file() -> AsyncIterator[bytes]:
            for _ in range(6):
                yield b"x" * 1000
                await asyncio.sleep(0.15)

        async with door.client() as client:
            answer = await client.post("/imports", content=slow_file())

    assert answer.json() == {"bytes": 6000, "pieces": 7}


async def test_a_service_that_is_away_is_a_503_until_it_is_back(bed: Bed, tmp_path: Path) -> None:
    service = Upstream()
    async with served(service) as url:
        port = int(url.rpartition(":")[2])
        opened = open_door(bed, tmp_path, payments_url=url)
        door = await opened.__aenter__()
        async with door.client() as client:
            before = await client.get("/payments")
    async with door.client() as client:
        away = await client.post("/payments", json={})
        elsewhere = await client.get("/customers")
        async with served(service, port):
            back = await client.post("/payments", json={})
    await opened.__aexit__(None, None, None)

    assert before.status_code == 200
    assert away.status_code == 503
    assert away.headers["content-type"] == "application/problem+json"
    assert away.headers["Retry-After"] == "1"
    assert away.json()["type"].endswith("/service-unavailable")
    assert elsewhere.status_code == 200
    assert back.status_code == 200


@pytest.mark.parametrize(
    ("method", "headers", "asked"),
    [
        ("GET", {}, 2),
        ("POST", {"Idempotency-Key": "k"}, 2),
        ("POST", {}, 1),
    ],
    ids=["read", "keyed", "unkeyed"],
)
async def test_only_what_is_safe_to_repeat_is_repeated_when_a_service_breaks_off(
    bed: Bed, tmp_path: Path, method: str, headers: dict[str, str], asked: int
) -> None:
    seen: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        open_door(bed, tmp_path, payments_url=f"http://127.0.0.1:{port}") as door,
        door.client() as client,
    ):
        answer = await client.request(method, "/payments", headers=headers)

    assert answer.status_code == 502
    assert answer.json()["type"].endswith("/service-failed")
    assert len(seen) == asked


async def test_a_part_of_an_answer_is_never_taken_for_the_whole(door: Door) -> None:
    door.upstream.behaviours["/invoices"] = upstream.break_off
    async with door.client() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/invoices")


async def test_paths_that_are_not_public_do_not_reach_a_service(door: Door) -> None:
    async with door.client() as client:
        answers = [
            await client.get("/nothing"),
            await client.get(f"{door.url}/api/v1"),
            await client.get("/admin/outbox"),
            await client.get("/customers/%2e%2e/metrics"),
        ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert {answer.json()["type"] for answer in answers} == {
        "https://duesline.dev/problems/path-unknown"
    }
    assert door.upstream.asked == []


async def test_administration_reaches_the_service_it_names(door: Door) -> None:
    async with door.client() as client:
        answer = await client.get("/admin/billing/dead-letters")

    assert answer.json()["path"] == "/admin/dead-letters"


async def test_a_path_of_the_service_is_shown_as_the_outside_knows_it(door: Door) -> None:
    door.upstream.extra_headers = ((b"location", b"/customers/1"),)
    async with door.client() as client:
        answer = await client.post("/customers")

    assert answer.headers["location"] == "/api/v1/customers/1"


async def test_many_requests_at_once_keep_their_answers(door: Door) -> None:
    async with door.client() as client:
        answers = await asyncio.gather(
            *(client.post("/payments", content=str(n)) for n in range(200))
        )

    assert [answer.json()["body"] for answer in answers] == [str(n) for n in range(200)]


async def test_one_user_who_asks_too_often_is_slowed_and_others_are_not(
    bed: Bed, tmp_path: Path
) -> None:
    async with open_door(bed, tmp_path, rate_user="5/minute") as door:
        busy = await door.signed_in(await door.add_user(Role.CLERK))
        other = await door.signed_in(await door.add_user(Role.CLERK))
        async with busy, other:
            statuses = [(await busy.get("/payments")).status_code for _ in range(6)]
            refused = await busy.get("/payments")
            calm = await other.get("/payments")

    assert statuses == [200] * 5 + [429]
    assert refused.headers["content-type"] == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert calm.status_code == 200


async def test_a_token_that_does_not_hold_counts_for_its_address_and_is_the_services_to_refuse(
    bed: Bed, tmp_path: Path
) -> None:
    async with (
        open_door(bed, tmp_path, rate_address="3/minute") as door,
        door.client("not.a.token") as client,
    ):
        statuses = [(await client.get("/payments")).status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]


async def test_limits_can_be_switched_off(bed: Bed, tmp_path: Path) -> None:
    async with (
        open_door(bed, tmp_path, rate_address="1/minute", rate_limits=False) as door,
        door.client() as client,
    ):
        statuses = {(await client.get("/payments")).status_code for _ in range(20)}

    assert statuses == {200}


async def test_other_origins_may_call_only_when_they_are_named(bed: Bed, tmp_path: Path) -> None:
    asked = {"Origin": "https://portal.example", "Access-Control-Request-Method": "GET"}
    async with (
        open_door(bed, tmp_path, cors_origins="https://portal.example") as door,
        door.client() as client,
    ):
        named = await client.options("/payments", headers=asked)
        stranger = await client.options(
            "/payments", headers=asked | {"Origin": "https://evil.example"}
        )

    assert named.headers["access-control-allow-origin"] == "https://portal.example"
    assert "access-control-allow-origin" not in stranger.headers


async def test_by_default_no_other_origin_may_call(door: Door) -> None:
    async with door.client() as client:
        answer = await client.get("/payments", headers={"Origin": "https://portal.example"})

    assert "access-control-allow-origin" not in answer.headers


async def test_the_description_and_its_page_are_served(door: Door) -> None:
    async with httpx.AsyncClient(base_url=door.url) as client:
        document = await client.get("/openapi.json")
        page = await client.get("/docs")
        again = await client.get("/docs", headers={"If-None-Match": page.headers["etag"]})

    assert json.loads(document.content) == load()
    assert "<title>Duesline API</title>" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert again.status_code == 304
