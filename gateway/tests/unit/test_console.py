"""The console's files."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.edge.console import console


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<title>console</title>" + "x" * 2000)
    (built / "assets/app-1a2b.js").write_text("run()")
    (tmp_path / "secret.txt").write_text("not for you")
    return built


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=console(folder))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/index.html", "/customers", f"/customers/{'1' * 32}"])
async def test_a_place_inside_the_console_is_its_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    assert "<title>console</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


async def test_assets_may_be_kept_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/app-1a2b.js")

    assert answer.text == "run()"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


async def test_a_missing_file_is_not_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/gone.js")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/../secret.txt", "/assets/../../secret.txt", "//secret.txt"])
async def test_nothing_outside_the_folder_is_shown(folder: Path, path: str) -> None:
    sent = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    await console(folder)(scope, None, send)  # type: ignore[arg-type]  # nothing is received

    assert b"not for you" not in b"".join(bytes(str(each), "utf-8") for each in sent)


async def test_scripts_of_others_are_forbidden(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/")).headers["content-security-policy"]

    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy


async def test_an_unchanged_file_is_not_sent_again(client: httpx.AsyncClient, folder: Path) -> None:
    tag = (await client.get("/")).headers["etag"]
    again = await client.get("/", headers={"If-None-Match": tag})
    (folder / "index.html").write_text("<title>console, built anew</title>")
    changed = await client.get("/", headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.text == "<title>console, built anew</title>"


async def test_files_travel_packed_to_those_who_can_unpack(client: httpx.AsyncClient) -> None:
    packed = await client.get("/", headers={"Accept-Encoding": "gzip"})
    plain = await client.get("/", headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text


async def test_only_reading_is_possible(client: httpx.AsyncClient) -> None:
    head = await client.head("/")
    post = await client.post("/")

    assert (head.status_code, head.content) == (200, b"")
    assert post.status_code == 405


async def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(app=console(tmp_path / "nothing"))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        answer = await client.get("/")

    assert "npm run build" in answer.text
