"""Who is credited with what, and earns what for it: by who had the case when the money came."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from services.collections.cases.books import CASE_INVARIANTS
from services.collections.exports.timers import make_exports
from services.collections.tests.integration.desk import Worker, case_of, hire
from services.collections.tests.integration.scene import Invoice, Line, Scene
from services.collections.tests.integration.test_exports import ask, rows_of
from services.collections.tests.integration.test_figures import figure, paid
from shared.ids import new_id

Earned = tuple[str, str, int, int, str]


async def give(client: httpx.AsyncClient, case_id: str, worker: Worker | None) -> None:
    path = f"/collections/cases/{case_id}"
    answer = await (
        client.post(f"{path}/unassign", json={})
        if worker is None
        else client.post(f"{path}/assign", json={"collector_id": worker.id})
    )
    assert answer.status_code == 200, answer.text


async def earned(scene: Scene, **period: Any) -> dict[str, Earned]:
    """By name: collected, commission, payments, open cases and their debt."""
    found = (await figure(scene, "collectors", **period))["collectors"]
    return {
        one["name"]: (
            one["collected"]["amount"],
            one["commission"]["amount"],
            one["payments"],
            one["cases_open"],
            one["debt"]["amount"],
        )
        for one in found
    }


async def pay(scene: Scene, invoice: Invoice, minor: int, on: date | None = None) -> UUID:
    """Money of a day (today) for an invoice; the payment."""
    payment_id = new_id()
    await scene.say(paid(invoice, minor, on or scene.today, payment_id))
    return payment_id


async def take_back(
    scene: Scene, invoice: Invoice, payment_id: UUID, minor: int, on: date | None = None
) -> None:
    said = invoice.taken_back(minor)
    change = {"payment_id": payment_id, "received_on": on or scene.today}
    await scene.say(said.model_copy(update=change))


async def owing_line(scene: Scene, minor: int) -> tuple[Line, Invoice, str]:
    line = await scene.line()
    invoice = await scene.issue(line, 10, minor)
    return line, invoice, await case_of(scene, line)


async def test_each_payment_is_credited_to_who_had_the_case_by_the_rate_of_the_moment(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, case_id = await owing_line(scene, 30_000)
    rosa = await hire(client, commission_rate="0.1000")
    luis = await hire(client, name="Luis", commission_rate="0.2000")
    await give(client, case_id, rosa)
    first = await pay(scene, invoice, 10_000)  # Rosa, 10 %
    await give(client, case_id, luis)
    await pay(scene, invoice, 5000)  # Luis, 20 %: 10.00
    for worker, rate in ((rosa, "0.2500"), (luis, "0.3000")):
        path = f"/collections/collectors/{worker.id}"
        assert (await client.patch(path, json={"commission_rate": rate})).is_success
    await pay(scene, invoice, 2000)  # Luis, 30 %: 6.00
    await give(client, case_id, None)
    await pay(scene, invoice, 3000)  # nobody
    await take_back(scene, invoice, first, 10_000)  # from Rosa, who had been credited with it
    await scene.say(paid(invoice, 6000, scene.today, first))  # and put back smaller: 6.00
    await give(client, case_id, rosa)
    await pay(scene, invoice, 1000)  # Rosa, 25 %: 2.50
    await pay(scene, invoice, 700, scene.today - timedelta(days=1))  # before anybody had it

    assert await earned(scene) == {
        "Rosa": ("70.00", "8.50", 2, 1, "123.00"),
        "Luis": ("70.00", "16.00", 2, 0, "0.00"),
    }
    for invariant in CASE_INVARIANTS:
        assert await scene.rows(invariant.sql.replace("%", "%%")) == [], invariant.name

    export = await ask(client, "commissions")
    await scene.running.run_timer(make_exports)
    rows = await rows_of(client, export["id"])
    assert sorted((row["collector"], row["amount"], row["commission_rate"]) for row in rows) == [
        ("Luis", "20.00", "0.3000"),
        ("Luis", "50.00", "0.2000"),
        ("Rosa", "10.00", "0.2500"),
        ("Rosa", "60.00", "0.1000"),
    ]
    assert sum(Decimal(row["commission"]) for row in rows) == Decimal("24.50")
    assert {row["case_id"] for row in rows} == {case_id}


async def test_what_is_taken_back_wholly_is_nobodys_credit(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, case_id = await owing_line(scene, 5000)
    rosa, luis = await hire(client), await hire(client, name="Luis")
    await give(client, case_id, rosa)
    payment = await pay(scene, invoice, 5000)
    assert (await earned(scene))["Rosa"][:3] == ("50.00", "5.00", 1)
    await take_back(scene, invoice, payment, 5000)  # the case was cured; a new one opens
    rows = await scene.rows("SELECT id FROM dunning_case WHERE cured_on IS NULL")
    await give(client, str(rows[0]["id"]), luis)
    await pay(scene, invoice, 1000)
    assert await earned(scene) == {
        "Luis": ("10.00", "1.00", 1, 1, "40.00"),
        "Rosa": ("0.00", "0.00", 0, 0, "0.00"),
    }


async def test_figures_of_a_past_day_show_who_had_what_then(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, case_id = await owing_line(scene, 9000)
    rosa, luis = await hire(client), await hire(client, name="Luis")
    await give(client, case_id, rosa)
    first_day = scene.today
    payment = await pay(scene, invoice, 2000)
    await scene.pass_days(2)
    await give(client, case_id, luis)
    await pay(scene, invoice, 1000)
    await scene.pass_days(2)
    await give(client, case_id, None)
    then = {"from": str(first_day), "to": str(first_day)}
    both = {"from": str(first_day), "to": str(first_day + timedelta(days=2))}
    assert await earned(scene, **then) == {
        "Rosa": ("20.00", "2.00", 1, 1, "70.00"),
        "Luis": ("0.00", "0.00", 0, 0, "0.00"),
    }
    assert (await earned(scene, **both))["Luis"] == ("10.00", "1.00", 1, 1, "60.00")
    assert {one[3] for one in (await earned(scene)).values()} == {0}
    await take_back(scene, invoice, payment, 2000, first_day)
    assert (await earned(scene, **then))["Rosa"][:3] == ("0.00", "0.00", 0)


async def test_a_case_of_a_line_comes_before_one_of_the_customer_and_each_debt_counts_once(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    one, two = await scene.customer(lines=2)
    of_one, of_two = await scene.issue(one, 9, 4000), await scene.issue(two, -9, 3000)
    line_case = await case_of(scene, one)
    body = {"customer_id": str(one.customer_id)}
    whole = (await client.post("/collections/cases", json=body)).json()["id"]
    rosa, luis = await hire(client), await hire(client, name="Luis")
    await give(client, line_case, rosa)
    await give(client, whole, luis)
    payment = new_id()
    await scene.say(
        paid(of_one, 1000, scene.today, payment), paid(of_two, 500, scene.today, payment)
    )
    assert await earned(scene) == {
        "Rosa": ("10.00", "1.00", 1, 1, "30.00"),
        "Luis": ("5.00", "0.50", 1, 1, "25.00"),
    }


async def test_a_case_closed_by_hand_earns_nothing_more_and_a_cured_one_its_cure(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, given_up, closed = await owing_line(scene, 4000)
    _, settled, cured = await owing_line(scene, 2000)
    rosa = await hire(client)
    for case_id in (closed, cured):
        await give(client, case_id, rosa)
    await client.post(f"/collections/cases/{closed}/moves", json={"to": "closed"})
    await pay(scene, given_up, 4000)
    await pay(scene, settled, 2000)
    (found,) = (await figure(scene, "collectors"))["collectors"]
    assert (found["collected"]["amount"], found["cases_cured"], found["cases_open"]) == (
        "20.00",
        1,
        0,
    )


async def test_a_case_taken_from_its_collector_is_new_and_out_of_sight(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, _, case_id = await owing_line(scene, 4000)
    path = f"/collections/cases/{case_id}"
    unknown = await client.post(f"/collections/cases/{new_id()}/unassign", json={})
    assert unknown.status_code == 404
    await give(client, case_id, await hire(client))
    taken = (await client.post(f"{path}/unassign", json={"note": "on leave"})).json()
    assert (taken["status"], taken["collector_id"], taken["assigned_at"]) == ("new", None, None)
    again = (await client.post(f"{path}/unassign", json={})).json()
    assert again["version"] == taken["version"]
    (last,) = (await client.get(f"{path}/timeline?kind=assigned&limit=1")).json()["items"]
    assert (last["note"], last["data"]["collector_id"]) == ("on leave", None)
    await client.post(f"{path}/moves", json={"to": "closed"})
    closed = await client.post(f"{path}/unassign", json={})
    assert closed.json()["type"].endswith("/case-closed")
