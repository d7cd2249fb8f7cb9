"""The health of the whole: every service's api and worker, asked side by side."""

import asyncio
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel

from gateway.reads.services import PartFailed, Services
from shared.health import NotReady
from shared.problems import problem_docs

router = APIRouter(tags=["health"])

UP: Final = "up"
DOWN: Final = "down"


class ComponentHealth(BaseModel):
    """One process: up, or down, and what it says it misses."""

    state: str
    missing: list[str] = []


class SystemHealth(BaseModel):
    """Every process of the installation, by service and process."""

    status: str
    components: dict[str, ComponentHealth]


@router.get("/health", include_in_schema=False)
@router.get("/api/v1/health", responses=problem_docs(NotReady))
async def system_health(request: Request) -> SystemHealth:
    """Whether everything works: every service's API and worker; else 503 with what is down."""
    processes: dict[str, str] = request.app.state.processes
    services: Services = request.app.state.services
    states = await asyncio.gather(*(_ask(services, url) for url in processes.values()))
    components = dict(zip(processes, states, strict=True))
    down = [name for name, state in components.items() if state.state != UP]
    if down:
        members: dict[str, Any] = {
            name: component.model_dump() for name, component in components.items()
        }
        raise NotReady(f"Down: {', '.join(down)}.", components=members)
    return SystemHealth(status="ready", components=components)


async def _ask(services: Services, url: str) -> ComponentHealth:
    try:
        answer = await services.answer(f"{url}/health/ready", {})
    except PartFailed:
        return ComponentHealth(state=DOWN)
    if answer.is_success:
        return ComponentHealth(state=UP)
    return ComponentHealth(state=DOWN, missing=_missing(answer.content))


def _missing(body: bytes) -> list[str]:
    """The dependencies a process that is not ready says are down."""
    try:
        dependencies = orjson.loads(body)["dependencies"]
        return sorted(name for name, state in dependencies.items() if state["state"] != UP)
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
