"""The printer: a template and its data in, a PDF out.

Data reach a template as JSON and are set as text, so nothing a customer or a clerk wrote is ever
markup. The compiler is made once per process (fonts and templates stay warm: a page takes about
ten milliseconds) and works in one thread of its own; it lets go of the interpreter meanwhile, so
requests and events go on.
"""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from shared import clock

HERE: Final = Path(__file__).parent
TEMPLATES: Final = HERE / "templates"
PRINTER: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="printer")


class CannotPrint(Exception):
    """The template cannot be set with these data; says why."""


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=True, font_paths=[str(HERE / "fonts")])
    return typst.Compiler(root=str(TEMPLATES), font_paths=fonts)


def compile_paper(template: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """The PDF of a template with its data; the same data at the same instant, the same bytes."""
    try:
        made = _compiler().compile(
            str(TEMPLATES / f"{template}.typ"),
            format="pdf",
            sys_inputs={"data": json.dumps(data)},
            timestamp=int(at.astimezone(UTC).timestamp()),
            pdf_tags=False,
        )
    except typst.TypstError as error:
        raise CannotPrint(error.message) from error
    assert isinstance(made, bytes)
    return made


async def print_paper(template: str, data: Mapping[str, Any]) -> bytes:
    """Print a template of this folder; raises CannotPrint."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(PRINTER, compile_paper, template, data, clock.now())


async def try_logo(logo: bytes, media_type: str) -> None:
    """Raise CannotPrint unless the picture can be drawn."""
    await print_paper("logo", {"logo": list(logo), "format": logo_format(media_type)})


def logo_format(media_type: str) -> str:
    """The compiler's name for a logo's media type."""
    return "svg" if "svg" in media_type else "png"
