"""Whoever is judged again stays as they are; damage of each kind is named."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.collections.proof.inspections import INSPECTIONS
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Invoice, Line, Scene
from services.collections.tests.integration.test_policies import STAGES, day_by_day, publish
from services.collections.tests.integration.test_safety import SAFETY, guarded, only_stop
from services.collections.tests.integration.test_why import grant
from shared.auth import Role
from shared.contracts.customers import LineUpdated

(STAYS,) = (inspection.name for inspection in INSPECTIONS)
WEEK = {"weekdays": [1, 2, 3, 4, 5, 6, 7], "opens": "09:00", "closes": "17:00", "holidays": False}


async def wrong(scene: Scene) -> list[tuple[Any, str]]:
    """Who is not as the rules say, by the line (or the customer), and what is wrong."""
    found = (await scene.broken_invariants()).get(STAYS, [])
    return [(row["line_id"] or row["customer_id"], row["wrong"]) for row in found]


async def damage(scene: Scene, statement: str, line: Line) -> None:
    """Change what is stored of a line or its customer behind the service's back."""
    async with scene.running.db.transaction(None) as tx:
        done = await tx.execute(statement, {"line": line.id, "customer": line.customer_id})
        assert done.rowcount == 1


@pytest.fixture
async def climbing(scene: Scene, client: httpx.AsyncClient) -> tuple[Line, Invoice]:
    """A line that was warned (day 3) and charged (day 5), and is not cut yet (day 10)."""
    await publish(scene, client, stages=STAGES)
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=0)
    assert await day_by_day(scene, 6) == [(3, "warn"), (5, "fee ordered"), (5, "fee")]
    assert await wrong(scene) == []
    return line, invoice


@pytest.fixture
async def cut(scene: Scene, climbing: tuple[Line, Invoice]) -> tuple[Line, Invoice]:
    """The same line, cut on its day."""
    line, invoice = climbing
    await day_by_day(scene, 4)
    await scene.carry_out("suspend", line, 1)
    assert await wrong(scene) == []
    return line, invoice


OFF, ON = "is off, and is to be on", "is on, and is to be off"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE debt SET allocated_minor = total_minor WHERE line_id = %(line)s", OFF),
        ("UPDATE debt SET due_on = due_on + 60 WHERE line_id = %(line)s", OFF),
        ("UPDATE debt SET voided = true WHERE line_id = %(line)s", OFF),
        ("UPDATE line SET essential = true WHERE line_id = %(line)s", OFF),
        ("UPDATE line SET non_payment = false WHERE line_id = %(line)s", ON),
        (
            "INSERT INTO exemption (id, organization_id, line_id, reason, from_on, until_on,"
            " created_at, created_by) SELECT line_id, organization_id, line_id, 'lost',"
            " '2020-01-01', '2099-01-01', now(), line_id FROM line WHERE line_id = %(line)s",
            OFF,
        ),
        (
            "INSERT INTO pause (id, organization_id, customer_id, kind, from_on, source_id,"
            " created_at) SELECT line_id, organization_id, customer_id, 'promise', '2020-01-01',"
            " line_id, now() FROM line WHERE line_id = %(line)s",
            OFF,
        ),
        ("UPDATE ladder SET reached = '{}' WHERE line_id = %(line)s", "has come to stage warn"),
    ],
)
async def test_damage_to_a_line_that_is_off_is_named(
    scene: Scene, cut: tuple[Line, Invoice], statement: str, named: str
) -> None:
    line, _ = cut
    await damage(scene, statement, line)
    assert any(who == line.id and what.startswith(named) for who, what in await wrong(scene))


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE debt SET due_on = due_on - 10 WHERE line_id = %(line)s", "waits for"),
        (
            'UPDATE ladder SET reached = \'{"warn": "2020-01-01"}\' WHERE line_id = %(line)s',
            "has come to stage fee",
        ),
        ("DELETE FROM ladder WHERE line_id = %(line)s", "has come to stage warn"),
        (
            "UPDATE debt SET allocated_minor = total_minor WHERE line_id = %(line)s",
            "owes nothing overdue, and has not left its ladder",
        ),
        (
            "INSERT INTO line_enforcement (line_id, organization_id, customer_id, generation,"
            " ordered, decision_id, ordered_at) SELECT line_id, organization_id, customer_id, 1,"
            " 'suspend', line_id, now() FROM line WHERE line_id = %(line)s",
            "",
        ),
        ("UPDATE line SET non_payment = true WHERE line_id = %(line)s", ""),
    ],
)
async def test_damage_to_a_line_that_climbs_is_named(
    scene: Scene, climbing: tuple[Line, Invoice], statement: str, named: str
) -> None:
    line, _ = climbing
    await damage(scene, statement, line)
    found = await scene.broken_invariants()
    if named:
        rows = found[STAYS]
        assert any(row["line_id"] == line.id and named in row["wrong"] for row in rows)
    else:
        assert found != {}
        assert any(row["line_id"] == line.id for rows in found.values() for row in rows)


async def test_a_pause_or_exemption_that_was_lost_is_named(
    scene: Scene, client: httpx.AsyncClient, cut: tuple[Line, Invoice]
) -> None:
    line, _ = cut
    await scene.emitted()
    await grant(scene, line, 5)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    assert await scene.broken_invariants() == {}
    await damage(scene, "UPDATE pause SET ended_at = now() WHERE customer_id = %(customer)s", line)
    assert (line.id, ON) in await wrong(scene)


async def test_an_exempt_line_is_as_it_should_be_until_its_exemption_is_lost(
    scene: Scene, client: httpx.AsyncClient, cut: tuple[Line, Invoice]
) -> None:
    line, _ = cut
    await scene.emitted()
    body = {
        "line_id": str(line.id),
        "reason": "hospital",
        "until_on": (scene.today + timedelta(days=9)).isoformat(),
    }
    answer = await client.post("/collections/exemptions", json=body)
    assert answer.status_code == 201, answer.text
    assert await scene.obey() == [("reactivate", line.id, 2)]
    assert await scene.broken_invariants() == {}
    await damage(scene, "DELETE FROM agenda WHERE customer_id = %(customer)s", line)
    assert [what.split()[0] for _, what in await wrong(scene)] == ["waits"]
    await damage(scene, "DELETE FROM exemption WHERE line_id = %(line)s", line)
    assert (line.id, ON) in await wrong(scene)


async def test_whoever_waits_for_a_window_is_right_and_is_wrong_without_an_appointment(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    closed = [scene.today + timedelta(days=day) for day in range(-1, 4)]
    calendar = WEEK | {"days": [day.isoformat() for day in closed]}
    await publish(scene, client, stages=[STAGES[2]], calendar=calendar)
    line = await scene.line()
    await scene.issue(line, days_overdue=12)
    assert await scene.orders() == []
    assert await wrong(scene) == []
    await damage(scene, "DELETE FROM agenda WHERE customer_id = %(customer)s", line)
    ((who, what),) = await wrong(scene)
    assert (who, what.split()[0], what.split()[-1]) == (line.id, "waits", "appointment")


async def test_a_day_that_was_stopped_or_dismissed_explains_who_is_on(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    lines = await guarded(scene, client)
    await scene.pass_days(1)
    await settled(scene.running, scene)
    stop = await only_stop(client)
    assert await wrong(scene) == []
    await client.post(f"/collections/stops/{stop['id']}/dismiss")
    assert await wrong(scene) == []
    await damage(scene, "UPDATE line SET non_payment = true WHERE line_id = %(line)s", lines[0])
    statement = "UPDATE debt SET voided = true WHERE line_id = %(line)s"
    await damage(scene, statement, lines[0])
    assert await wrong(scene) == [(lines[0].id, OFF)]
    assert SAFETY["at_least"] <= len(lines)


async def test_under_scope_customer_each_line_of_the_customer_is_looked_at(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=[STAGES[2]], scope="customer")
    first, second = await scene.customer(lines=2)
    await scene.issue(first, days_overdue=12)
    await scene.obey()
    assert await wrong(scene) == []
    await damage(scene, "UPDATE line SET non_payment = false WHERE line_id = %(line)s", second)
    assert await wrong(scene) == [(second.id, ON)]


async def test_a_platform_administrator_reads_it_and_the_first_rows_are_enough(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    lines = [(await scene.off())[0] for _ in range(22)]
    async with scene.running.db.transaction(None) as tx:
        await tx.execute("UPDATE line SET essential = true")
    admin = scene.running.client(Role.PLATFORM_ADMIN)
    answer = await admin.get("/admin/invariants")
    assert answer.status_code == 200, answer.text
    (found,) = (each for each in answer.json() if each["name"] == STAYS)
    assert (found["holds"], len(found["violations"])) == (False, 20)
    named = {row["line_id"] for row in found["violations"]}
    assert named <= {str(line.id) for line in lines}


async def test_a_line_made_essential_is_back_at_once(scene: Scene) -> None:
    line, _ = await scene.off()
    line.version += 1
    await scene.say(LineUpdated(**line.facts() | {"essential": True}))
    assert await wrong(scene) == []
    assert await scene.orders() == [("reactivate", line.id, 2)]
