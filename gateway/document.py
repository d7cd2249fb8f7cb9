"""The committed OpenAPI document."""

import json
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).resolve().parent / "openapi.json"


def load() -> dict[str, Any]:
    """The document as it was committed."""
    document: dict[str, Any] = json.loads(FILE.read_bytes())
    return document
