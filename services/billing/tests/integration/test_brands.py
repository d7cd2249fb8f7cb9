"""The brand of an organization over HTTP: set, shown, and what cannot be a logo."""

import base64
import struct
import zlib
from typing import Final

import httpx
import pytest

from shared.auth import Role
from shared.testing import Running


def png(width: int = 2, height: int = 2, *, claims: int | None = None) -> bytes:
    """A red picture; `claims` is the width its header says instead."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", claims or width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + b"\xff\x00\x00" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def svg(inner: str = '<rect width="9" height="9" fill="#0b3954"/>') -> bytes:
    """A drawing with something in it."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inner}</svg>'.encode()


def coded(logo: bytes) -> str:
    """A logo as the API takes it."""
    return base64.b64encode(logo).decode()


FACTS: Final = {
    "legal_name": "Andes Net S.A.",
    "tax_id": "RUC 1790012345001",
    "address": "Av. Amazonas N34-451\nQuito",
    "colour": "#0B3954",
    "payment_instructions": "Banco Pichincha 2100123456",
}


async def test_a_brand_is_plain_until_it_is_set(client: httpx.AsyncClient) -> None:
    answer = await client.get("/invoices/brand")

    assert answer.json()["version"] == 0
    assert answer.json()["legal_name"] is None
    assert (await client.get("/invoices/brand/logo")).status_code == 404


async def test_a_brand_is_shown_as_it_was_set_with_its_logo(client: httpx.AsyncClient) -> None:
    written = await client.put("/invoices/brand", json=FACTS | {"logo": coded(png())})
    read = await client.get("/invoices/brand")
    logo = await client.get("/invoices/brand/logo")

    assert written.status_code == 200, written.text
    assert read.json() == written.json()
    assert read.json()["colour"] == "#0b3954"
    assert read.json()["logo_type"] == logo.headers["content-type"] == "image/png"
    assert logo.content == png()
    assert logo.headers["x-content-type-options"] == "nosniff"


async def test_a_logo_stays_when_left_out_and_goes_when_null(client: httpx.AsyncClient) -> None:
    await client.put("/invoices/brand", json=FACTS | {"logo": coded(svg())})
    kept = await client.put("/invoices/brand", json=FACTS | {"footer": "Gracias"})
    gone = await client.put("/invoices/brand", json=FACTS | {"logo": None})

    assert kept.json()["logo_type"] == "image/svg+xml"
    assert gone.json()["logo_type"] is None


async def test_a_stale_brand_is_not_overwritten(client: httpx.AsyncClient) -> None:
    first = await client.put("/invoices/brand", json=FACTS)
    await client.put("/invoices/brand", json=FACTS | {"footer": "Gracias"})

    late = await client.put(
        "/invoices/brand", json=FACTS, headers={"If-Match": first.headers["ETag"]}
    )

    assert late.status_code == 412


@pytest.mark.parametrize(
    "logo",
    [
        pytest.param(b"GIF89a", id="another-format"),
        pytest.param(png()[:-20], id="a-broken-picture"),
        pytest.param(png(claims=60_000), id="a-picture-too-wide"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(600 * 1024), id="too-large"),
        pytest.param(svg("<script>alert(1)</script>"), id="a-script"),
        pytest.param(svg('<rect onclick="x()" width="9" height="9"/>'), id="an-event"),
        pytest.param(svg('<image href="file:///etc/passwd"/>'), id="a-file"),
        pytest.param(svg('<a href="https://x.example"><rect/></a>'), id="a-link"),
        pytest.param(b"<!DOCTYPE svg><svg></svg>", id="a-document-type"),
        pytest.param(b"<svg><rect", id="no-xml"),
    ],
)
async def test_what_is_no_harmless_picture_is_refused_as_a_logo(
    client: httpx.AsyncClient, logo: bytes
) -> None:
    answer = await client.put("/invoices/brand", json=FACTS | {"logo": coded(logo)})

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["loc"][:2] == ["body", "logo"]


async def test_a_drawing_with_gradients_is_a_logo(client: httpx.AsyncClient) -> None:
    drawing = svg(
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs>'
        '<rect width="9" height="9" fill="url(#g)"/>'
    )

    answer = await client.put("/invoices/brand", json=FACTS | {"logo": coded(drawing)})

    assert answer.status_code == 200, answer.text


async def test_only_administrators_set_the_brand_and_of_their_own_organization(
    service: Running, client: httpx.AsyncClient
) -> None:
    await client.put("/invoices/brand", json=FACTS)
    async with service.client(Role.CLERK) as clerk:
        assert (await clerk.put("/invoices/brand", json=FACTS)).status_code == 403
    async with service.client(organization=service.other_organization) as other:
        assert (await other.get("/invoices/brand")).json()["version"] == 0
