"""A process that posts payments over HTTP: `python -m benchmarks.client`.

Reads one JSON job from standard input ({url, path, headers, bodies, lanes}) and prints the
statuses, the seconds, and each answer's milliseconds.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of the requests."""

    seconds: float
    milliseconds: list[float]
    statuses: dict[str, int]


async def post_all(
    url: str, headers: dict[str, str], bodies: list[dict[str, Any]], lanes: int = 16
) -> Posted:
    """Post every body, `lanes` at a time, in a process apart; each under a key of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.client",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    job = {"url": url, "headers": headers, "bodies": bodies, "lanes": lanes}
    said, _ = await process.communicate(json.dumps(job).encode())
    if process.returncode:
        raise RuntimeError("the client failed")
    return Posted(**json.loads(said))


async def _post(job: dict[str, Any]) -> Posted:
    left = iter(job["bodies"])
    milliseconds: list[float] = []
    statuses: Counter[str] = Counter()
    connector = aiohttp.TCPConnector(limit=job["lanes"])
    async with aiohttp.ClientSession(connector=connector, headers=job["headers"]) as client:

        async def lane() -> None:
            for body in left:
                began = time.perf_counter()
                async with client.post(
                    job["url"], json=body, headers={"Idempotency-Key": str(uuid4())}
                ) as answer:
                    await answer.read()
                milliseconds.append((time.perf_counter() - began) * 1000)
                statuses[str(answer.status)] += 1

        began = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(job["lanes"])))
        return Posted(time.perf_counter() - began, milliseconds, dict(statuses))


if __name__ == "__main__":
    posted = asyncio.run(_post(json.load(sys.stdin)))
    json.dump(
        {
            "seconds": posted.seconds,
            "milliseconds": posted.milliseconds,
            "statuses": posted.statuses,
        },
        sys.stdout,
    )
