"""Idempotency: what makes two requests the same one, and how an answer is repeated."""

from typing import Any

import pytest
from starlette.requests import Request

from shared.idempotency import Stored, fingerprint, fingerprint_of, replay


def request(
    body: bytes = b"{}",
    *,
    method: str = "POST",
    path: str = "/payments",
    query: str = "",
    content_type: str = "application/json",
) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", b"x"), (b"content-type", content_type.encode())],
        "scheme": "http",
        "server": ("x", 80),
    }
    return Request(scope, receive)


def test_the_same_request_has_the_same_fingerprint() -> None:
    assert fingerprint(request(), b"{}") == fingerprint(request(), b"{}")


@pytest.mark.parametrize(
    "other",
    [
        fingerprint(request(), b"{ }"),
        fingerprint(request(method="PUT"), b"{}"),
        fingerprint(request(path="/credits"), b"{}"),
        fingerprint(request(query="dry=1"), b"{}"),
    ],
)
def test_another_body_method_path_or_query_is_another_request(other: bytes) -> None:
    assert fingerprint(request(), b"{}") != other


def test_parts_cannot_be_shifted_into_each_other() -> None:
    assert fingerprint(request(path="/a", query="b"), b"c") != fingerprint(
        request(path="/a", query=""), b"bc"
    )


def upload(content: bytes, boundary: str) -> Request:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return request(body, content_type=f"multipart/form-data; boundary={boundary}")


async def test_an_upload_is_known_by_its_content_and_not_by_its_boundary() -> None:
    prints = []
    for each in (upload(b"a,b", "one"), upload(b"a,b", "two"), upload(b"a,c", "one")):
        form = await each.form()
        prints.append(await fingerprint_of(each))
        assert await form["file"].read() in (b"a,b", b"a,c")  # type: ignore[union-attr]

    assert prints[0] == prints[1] != prints[2]


def test_a_replay_is_the_stored_answer_marked() -> None:
    stored = Stored.of(
        {
            "fingerprint": memoryview(b"x"),
            "status": 201,
            "headers": {"content-type": "application/json", "etag": '"1"'},
            "body": memoryview(b'{"id":1}'),
        }
    )

    response = replay(stored)

    assert response.status_code == 201
    assert response.body == b'{"id":1}'
    assert response.headers["idempotent-replay"] == "true"
    assert response.headers["etag"] == '"1"'
    assert response.headers["content-length"] == "8"
