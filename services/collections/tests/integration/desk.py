"""People at the desk, for tests: collectors with accounts of their own, and their cases."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from services.collections.tests.integration.scene import Line, Scene
from shared import clock
from shared.auth import Role
from shared.ids import new_id
from shared.tenancy import Organization
from shared.testing.bed import token_for


@dataclass(frozen=True, slots=True)
class Worker:
    """A collector and the user behind it."""

    id: str
    user_id: UUID


def client_of(
    scene: Scene,
    user_id: UUID,
    role: Role = Role.COLLECTOR,
    organization: Organization | None = None,
) -> httpx.AsyncClient:
    """A client signed in as a certain user."""
    scope = organization or scene.organization
    token = token_for(role, scope.id, user_id)
    return scene.running.client(role, scope, headers={"Authorization": f"Bearer {token}"})


async def hire(admin: httpx.AsyncClient, capacity: int = 200, **more: Any) -> Worker:
    """A new collector."""
    user_id = new_id()
    body = {"user_id": str(user_id), "name": "Rosa", "capacity": capacity} | more
    answer = await admin.post("/collections/collectors", json=body)
    assert answer.status_code == 201, answer.text
    return Worker(answer.json()["id"], user_id)


async def case_of(scene: Scene, line: Line) -> str:
    """The id of a line's case."""
    rows = await scene.rows("SELECT id FROM dunning_case WHERE line_id = %s", line.id)
    return str(rows[0]["id"])


async def owing(scene: Scene, count: int = 1, **more: Any) -> list[str]:
    """New cases, each of a line that owes; their ids, oldest first."""
    found = []
    for _ in range(count):
        line = await scene.line()
        await scene.issue(line, **more)
        found.append(await case_of(scene, line))
    await scene.said()
    return found


async def at_local_time(scene: Scene, hour: int) -> None:
    """Let it be that hour of the next Wednesday on the organization's clock and calendar.

    Some seconds past it: whole seconds of the offset, and the seconds a test takes, do not
    turn the minute.
    """
    real = clock.now()
    local = scene.organization.now().astimezone(scene.organization.zone)
    day = local + timedelta(days=(2 - local.weekday()) % 7 or 7)
    wanted = day.replace(hour=hour, minute=0, second=20, microsecond=0)
    offset = int((wanted - real).total_seconds())
    await scene.change_organization(clock_offset_seconds=offset)
