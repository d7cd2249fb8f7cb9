"""What may be a logo: a picture of bounded size that cannot do anything but be looked at.

Pure: bytes in, verdict out. Whether the picture can be drawn at all is for the printer of
papers to say.
"""

import re
import struct
from typing import Final

PNG: Final = "image/png"
SVG: Final = "image/svg+xml"
MOST_BYTES: Final = 512 * 1024
MOST_PIXELS: Final = 4000
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# What makes a drawing a program, a page, or a reader of other files.
ACTIVE: Final = re.compile(
    rb"<!(?:doctype|entity)|<\s*(?:[\w-]+:)?(?:script|foreignobject|iframe|use|image|style)\b"
    rb"|[\s\"'/]on[a-z]+\s*=|javascript:|href\s*=\s*[\"']?\s*(?![\"'#\s])|url\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)


class BadLogo(ValueError):
    """The bytes are no logo; says why."""


def logo_type(data: bytes) -> str:
    """The media type of a logo, seen from its bytes; raises BadLogo."""
    if len(data) > MOST_BYTES:
        raise BadLogo(f"a logo has {MOST_BYTES // 1024} KiB at most")
    if data.startswith(SIGNATURE):
        return _png(data)
    if b"<svg" in data[:2000].lower():
        return _svg(data)
    raise BadLogo("a logo is a PNG or an SVG picture")


def _png(data: bytes) -> str:
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise BadLogo("the PNG has no header")
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise BadLogo(f"a logo is {MOST_PIXELS} by {MOST_PIXELS} pixels at most")
    return PNG


def _svg(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadLogo("write the SVG in UTF-8") from error
    if ACTIVE.search(data):
        raise BadLogo("an SVG logo holds shapes only: no scripts, styles, images or references")
    return SVG
