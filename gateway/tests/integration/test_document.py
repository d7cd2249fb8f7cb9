"""The committed API document against the code."""

import asyncio
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
async def test_the_committed_document_is_what_the_code_says() -> None:
    checking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.openapi", "--check"),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await checking.communicate()

    assert checking.returncode == 0, said.decode()
