"""The timeline of a case, and the rules a contact must observe."""

import asyncio
from collections import Counter

import httpx

from services.collections.tests.integration.desk import at_local_time, case_of, hire, owing
from services.collections.tests.integration.scene import Scene
from shared.ids import new_id


async def test_everything_that_happened_is_on_the_timeline_in_one_order(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line = await scene.line()
    invoice = await scene.issue(line)
    case_id = await case_of(scene, line)
    worker = await hire(client)
    await client.post(f"/collections/cases/{case_id}/assign", json={"collector_id": worker.id})
    await client.post(f"/collections/cases/{case_id}/notes", json={"text": "asked for the bill"})
    await scene.say(invoice.paid(1000))
    await scene.say(invoice.taken_back(1000))
    await scene.say(invoice.paid())
    path = f"/collections/cases/{case_id}/timeline"
    found = (await client.get(path)).json()["items"]
    assert Counter(each["kind"] for each in found) == {
        "decision": 3,
        "assigned": 1,
        "moved": 2,
        "note": 1,
        "payment": 3,
    }
    amounts = [each["data"]["amount_minor"] for each in found if each["kind"] == "payment"]
    assert amounts == [4500, -1000, 1000]
    ids: list[str] = []
    cursor = ""
    while True:
        page = (await client.get(f"{path}?limit=2{cursor}")).json()
        ids += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert ids == [each["id"] for each in found] == sorted(ids, reverse=True)
    moved = (await client.get(f"{path}?kind=moved&kind=note")).json()["items"]
    assert [each["kind"] for each in moved] == ["moved", "note", "moved"]
    assert moved[0]["data"] == {"from": "assigned", "to": "closed", "reason": "cured"}


async def test_a_note_has_an_end_and_sets_the_last_contact(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (case_id,) = await owing(scene)
    path = f"/collections/cases/{case_id}/notes"
    assert (await client.post(path, json={"text": "x" * 5001})).status_code == 422
    assert (await client.post(path, json={"text": "  "})).status_code == 422
    assert (await client.post(path, json={"text": "x" * 5000})).status_code == 201
    assert (await client.get(f"/collections/cases/{case_id}")).json()["last_contact_at"]


async def test_a_call_that_reaches_brings_an_assigned_case_into_contact(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (case_id,) = await owing(scene)
    worker = await hire(client)
    await client.post(f"/collections/cases/{case_id}/assign", json={"collector_id": worker.id})
    await at_local_time(scene, 12)
    path = f"/collections/cases/{case_id}/calls"
    missed = await client.post(path, json={"outcome": "no_answer"})
    assert (missed.status_code, missed.json()["kind"]) == (201, "call")
    case = (await client.get(f"/collections/cases/{case_id}")).json()
    assert case["status"] == "assigned"
    await client.post(path, json={"outcome": "reached", "note": "will pay"})
    case = (await client.get(f"/collections/cases/{case_id}")).json()
    assert case["status"] == "in_contact"


async def test_a_call_that_breaks_a_rule_is_refused_by_its_name(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (case_id,) = await owing(scene)
    path = f"/collections/cases/{case_id}/calls"

    async def refusal(**body: str) -> str | None:
        answer = await client.post(path, json={"outcome": "no_answer"} | body)
        assert answer.status_code in (201, 409), answer.text
        return None if answer.status_code == 201 else str(answer.json()["rule"])

    await at_local_time(scene, 4)
    assert await refusal() == "hours"
    assert await refusal(direction="inbound") is None
    await at_local_time(scene, 12)
    assert [await refusal() for _ in range(4)] == [None, None, None, "calls-per-week"]
    assert await refusal(channel="sms") is None
    asked = (await client.get(f"/collections/cases/{case_id}/contactability")).json()
    assert {each["channel"]: each["rule"] for each in asked["channels"]} == {
        "call": "calls-per-week",
        "email": None,
        "sms": None,
        "whatsapp": None,
        "visit": None,
    }
    preference = f"/collections/contact-preferences/{asked['customer_id']}"
    written = await client.put(preference, json={"opted_out": ["sms"]})
    assert (written.json()["version"], written.headers["ETag"]) == (1, '"1"')
    stale = await client.put(preference, json={"opted_out": []}, headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    assert await refusal(channel="sms") == "opted-out"
    await scene.pass_days(7)
    assert await refusal() is None


async def test_calls_made_at_once_are_counted_one_after_the_other(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (case_id,) = await owing(scene)
    path = f"/collections/cases/{case_id}/calls"
    await at_local_time(scene, 12)
    answers = await asyncio.gather(
        *(client.post(path, json={"outcome": "no_answer"}) for _ in range(10))
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 3 + [409] * 7


async def test_reminders_sent_while_the_case_lasts_are_on_its_timeline(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, other = await scene.customer(lines=2)
    invoice, elsewhere = await scene.issue(line), await scene.issue(other)
    case_id = await case_of(scene, line)
    async with scene.running.db.transaction(None) as tx:
        for reminded in (invoice, elsewhere):
            await tx.execute(
                "INSERT INTO reminder (organization_id, id, customer_id, invoice_id, kind, on_day,"
                " created_at, language, title, body, number, currency, open_minor, due_on)"
                " VALUES (%s, %s, %s, %s, 'overdue', %s, now(), 'es', 't', 'b', %s, 'USD', 1, %s)",
                (
                    scene.organization.id,
                    new_id(),
                    line.customer_id,
                    reminded.id,
                    scene.today,
                    reminded.number,
                    reminded.due_on,
                ),
            )
    path = f"/collections/cases/{case_id}/timeline?kind=reminder"
    (reminder,) = (await client.get(path)).json()["items"]
    assert reminder["data"]["invoice_id"] == str(invoice.id)
