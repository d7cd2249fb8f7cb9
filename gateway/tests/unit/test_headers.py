"""What passes the door with a request and with its answer."""

from typing import Any

from gateway.edge import headers


def scope(*pairs: tuple[bytes, bytes]) -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": "https",
        "client": ("203.0.113.9", 4711),
        "headers": [(b"host", b"duesline.example"), *pairs],
    }


def test_hop_by_hop_headers_end_at_the_door() -> None:
    asked = scope(
        (b"connection", b"keep-alive, X-Private"),
        (b"x-private", b"1"),
        (b"te", b"trailers"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"h2c"),
        (b"accept", b"*/*"),
    )

    assert set(headers.forwarded(asked, None)) == {
        "accept",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Prefix",
    }


def test_a_client_cannot_say_where_it_comes_from() -> None:
    asked = scope(
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"x-forwarded-host", b"evil.example"),
        (b"forwarded", b"for=10.0.0.1"),
        (b"x-real-ip", b"10.0.0.1"),
    )

    told = headers.forwarded(asked, None)

    assert told.getall("X-Forwarded-For") == ["203.0.113.9"]
    assert told.getall("X-Forwarded-Host") == ["duesline.example"]
    assert told["X-Forwarded-Proto"] == "https"
    assert "forwarded" not in told
    assert "x-real-ip" not in told


def test_the_trace_goes_on_as_the_gateway_says() -> None:
    asked = scope((b"traceparent", b"00-" + b"1" * 32 + b"-" + b"1" * 16 + b"-01"))

    assert headers.forwarded(asked, "00-ours").getall("traceparent") == ["00-ours"]


def test_what_decides_and_identifies_passes_unchanged() -> None:
    pairs = {
        "authorization": "Bearer x",
        "idempotency-key": "k",
        "if-match": '"3"',
        "x-organization-id": "o",
        "content-type": "multipart/form-data; boundary=b",
        "cookie": "kept=as-is",
    }

    told = headers.forwarded(
        scope(*((name.encode(), value.encode()) for name, value in pairs.items())), None
    )

    assert {name: told[name] for name in pairs} == pairs


def test_a_header_in_utf_8_stays_what_it_is() -> None:
    assert headers.forwarded(scope((b"x-name", "Ríos".encode())), None)["x-name"] == "Ríos"


def test_a_well_formed_request_id_is_kept_and_any_other_replaced() -> None:
    good, bad = scope((b"x-request-id", b"abc-1.2")), scope((b"x-request-id", b"a b\xff"))

    assert headers.with_request_id(good) == "abc-1.2"
    made = headers.with_request_id(bad)
    assert made != "a b"
    assert headers.header(bad, b"x-request-id") == made.encode()


def test_a_services_own_path_is_shown_below_the_prefix() -> None:
    answered = ((b"Location", b"/customers/1"), (b"Content-Type", b"application/json"))

    assert headers.returned(answered) == [
        (b"location", b"/api/v1/customers/1"),
        (b"content-type", b"application/json"),
    ]


def test_a_location_elsewhere_is_left_alone() -> None:
    assert headers.returned(((b"location", b"//elsewhere/x"),)) == [(b"location", b"//elsewhere/x")]


def test_what_a_service_says_of_its_connection_stays_there() -> None:
    answered = (
        (b"connection", b"close, X-Hop"),
        (b"x-hop", b"1"),
        (b"server", b"uvicorn"),
        (b"transfer-encoding", b"chunked"),
        (b"etag", b'"1"'),
    )

    assert headers.returned(answered) == [(b"etag", b'"1"')]
