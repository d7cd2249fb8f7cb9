"""Is it alive, can it work, and what does it measure: for orchestrators and dashboards."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from shared import metrics
from shared.problems import Unavailable, problem_docs

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[object]]
Gauges = Callable[[], Awaitable[Mapping[str, float]]]
CHECK_SECONDS: Final = 3.0


class NotReady(Unavailable):
    """Something the service cannot work without is down."""

    slug = "not-ready"
    title = "The service is not ready"


def health_router(service: str, checks: Mapping[str, Check], gauges: Gauges | None) -> APIRouter:
    """/health/live, /health/ready and /metrics of one process."""
    router = APIRouter(tags=["health"])

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        """The process runs. Says nothing of what it depends on: restarting would not help that."""
        return {"status": "live", "service": service}

    @router.get("/health/ready", responses=problem_docs(NotReady))
    async def ready() -> dict[str, Any]:
        """Everything the service stands on answers; else 503 with the state of each."""
        states = dict(zip(checks, await asyncio.gather(*map(_state, checks.values())), strict=True))
        down = [name for name, state in states.items() if state["state"] != "up"]
        if down:
            log.warning("not-ready", down=down)
            raise NotReady(f"Down: {', '.join(down)}.", service=service, dependencies=states)
        return {"status": "ready", "service": service, "dependencies": states}

    @router.get("/metrics", include_in_schema=False)
    async def exposition() -> Response:
        """Prometheus' text format."""
        try:
            values = await gauges() if gauges else {}
        except Exception:
            log.warning("gauges-failed", exc_info=True)
            values = {}
        body, content_type = metrics.exposition(service, values)
        return Response(body, headers={"content-type": content_type})

    return router


async def _state(check: Check) -> dict[str, str]:
    """Up, or down with the kind of error; its text may name hosts, so it stays in the log."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:
        log.warning("dependency-down", error=repr(error))
        return {"state": "down", "error": type(error).__name__}
    return {"state": "up"}
