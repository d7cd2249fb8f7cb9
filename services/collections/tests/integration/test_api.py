"""What people and programs ask of the service over HTTP."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Scene
from shared import clock
from shared.auth import Role
from shared.contracts.customers import HoldReason, LineStatus, LineUpdated
from shared.ids import new_id

BODY = {
    "grace_days": 3,
    "minimum_debt": {"amount": "10.00"},
    "suspend_scope": "customer",
    "active": True,
}


async def test_an_organization_starts_with_the_default_policy(client: httpx.AsyncClient) -> None:
    answer = await client.get("/collections/policy")
    assert answer.headers["ETag"] == '"1"'
    found = answer.json()
    assert found.pop("created_at")
    assert found == {
        "version": 1,
        "grace_days": 0,
        "minimum_debt": {"amount": "0.01", "currency": "USD"},
        "suspend_scope": "line",
        "active": True,
        "created_by": None,
    }


async def test_a_changed_policy_is_a_new_version_and_the_old_one_stays(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    answer = await client.put("/collections/policy", json=BODY, headers={"If-Match": '"1"'})
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    assert answer.json()["minimum_debt"] == {"amount": "10.00", "currency": "USD"}
    assert answer.json()["created_by"] is not None
    run = (await client.get(f"/collections/runs/{answer.json()['run_id']}")).json()
    assert run["reason"] == "policy"
    versions = await scene.rows(
        "SELECT version, grace_days FROM policy WHERE organization_id = %s ORDER BY version",
        scene.organization.id,
    )
    assert versions == [{"version": 1, "grace_days": 0}, {"version": 2, "grace_days": 3}]


async def test_saying_the_same_policy_again_changes_nothing(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await client.put("/collections/policy", json=BODY)
    again = await client.put("/collections/policy", json=BODY)
    assert (again.json()["version"], again.json()["run_id"]) == (2, None)
    assert len((await client.get("/collections/runs")).json()["items"]) == 1


async def test_a_policy_changed_meanwhile_is_not_overwritten(client: httpx.AsyncClient) -> None:
    await client.put("/collections/policy", json=BODY)
    late = await client.put("/collections/policy", json=BODY, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert late.json()["type"].endswith("/precondition-failed")


@pytest.mark.parametrize(
    "change",
    [
        {"grace_days": -1},
        {"grace_days": 366},
        {"grace_days": "soon"},
        {"minimum_debt": {"amount": "-1"}},
        {"minimum_debt": {"amount": "1.005"}},
        {"minimum_debt": {"amount": "1", "currency": "EUR"}},
        {"minimum_debt": "1.00"},
        {"suspend_scope": "household"},
        {"active": "perhaps"},
        {"surprise": 1},
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, change: dict[str, object]
) -> None:
    answer = await client.put("/collections/policy", json=BODY | change)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await client.get("/collections/policy")).json()["version"] == 1


@pytest.mark.parametrize(
    ("role", "policy", "run"),
    [
        (Role.PLATFORM_ADMIN, 200, 202),
        (Role.ORG_ADMIN, 200, 202),
        (Role.COLLECTOR, 403, 202),
        (Role.CLERK, 403, 403),
        (Role.READ_ONLY, 403, 403),
    ],
)
async def test_who_may_change_the_policy_and_who_may_ask_for_a_run(
    scene: Scene, role: Role, policy: int, run: int
) -> None:
    async with scene.running.client(role) as client:
        assert (await client.put("/collections/policy", json=BODY)).status_code == policy
        assert (await client.post("/collections/runs")).status_code == run
        for path in ("policy", "runs", "decisions", "summary"):
            assert (await client.get(f"/collections/{path}")).status_code == 200


async def test_the_status_of_a_line_says_what_is_owed_what_was_ordered_and_why(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, (invoice, older) = await scene.off(invoices=2)
    found = (await client.get(f"/lines/{line.id}/collections-status")).json()
    assert found["status"] == "suspended"
    assert found["suspended_for_non_payment"] is True
    assert found["customer_name"] == "Ana"
    assert found["overdue_count"] == 2
    assert found["overdue_amount"] == {"amount": "90.00", "currency": "USD"}
    assert found["oldest_due_on"] == older.due_on.isoformat()
    assert found["days_overdue"] == 2
    assert found["order"]["ordered"] == "suspend"
    assert found["order"]["carried_out"] is True
    assert found["why"].startswith("Suspended: 2 invoices are overdue, the oldest by 2 days")
    assert [decision["outcome"] for decision in found["decisions"]] == ["suspend"]

    await scene.say(invoice.paid(), older.paid())
    found = (await client.get(f"/lines/{line.id}/collections-status")).json()
    assert (found["overdue_count"], found["overdue_amount"]["amount"]) == (0, "0.00")
    assert found["oldest_due_on"] is None
    assert found["suspended_for_non_payment"] is False
    assert (found["order"]["ordered"], found["order"]["carried_out"]) == ("reactivate", False)
    assert found["decisions"][0]["why"] == "Switched back on: nothing is overdue."


async def test_a_line_suspended_for_something_else_says_so(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line = await scene.line()
    line.status, line.holds, line.version = LineStatus.SUSPENDED, (HoldReason.FRAUD,), 2
    await scene.say(LineUpdated(**line.facts()))
    found = (await client.get(f"/lines/{line.id}/collections-status")).json()
    assert found["why"] == "Suspended for another reason than non-payment."
    assert found["order"] is None


async def test_the_status_counts_the_debts_of_the_customer_under_that_scope(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await scene.put_policy(suspend_scope="customer")
    await settled(scene.running, scene)
    owing, other = await scene.customer(lines=2)
    await scene.issue(owing)
    found = (await client.get(f"/lines/{other.id}/collections-status")).json()
    assert (found["suspend_scope"], found["overdue_count"]) == ("customer", 1)


async def test_the_status_shows_the_last_ten_decisions_latest_first(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, (invoice,) = await scene.off()
    for _ in range(6):
        await scene.say(invoice.paid())
        await scene.say(invoice.taken_back(4500))
    found = (await client.get(f"/lines/{line.id}/collections-status")).json()
    assert [each["generation"] for each in found["decisions"]] == list(range(13, 3, -1))


async def test_an_unknown_line_has_no_status(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/lines/{new_id()}/collections-status")
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/not-found")


async def test_decisions_are_found_by_every_filter(scene: Scene, client: httpx.AsyncClient) -> None:
    line, (invoice,) = await scene.off()
    await scene.say(invoice.paid())
    other, _ = await scene.off()
    start = (clock.now() - timedelta(minutes=5)).isoformat().replace("+", "%2B")
    past = (clock.now() - timedelta(minutes=4)).isoformat().replace("+", "%2B")

    async def listed(query: str) -> list[tuple[UUID, str]]:
        items = (await client.get(f"/collections/decisions?{query}")).json()["items"]
        return [(UUID(item["line_id"]), item["outcome"]) for item in items]

    of_line = [(line.id, "reactivate"), (line.id, "suspend")]
    assert await listed("") == [(other.id, "suspend"), *of_line]
    assert await listed(f"line_id={line.id}") == of_line
    assert await listed(f"customer_id={line.customer_id}") == of_line
    assert await listed("outcome=reactivate") == of_line[:1]
    assert await listed(f"decided_from={start}&line_id={line.id}") == of_line
    assert await listed(f"decided_from={start}&decided_to={past}") == []
    assert await listed(f"run_id={new_id()}") == []
    assert await listed("sort=decided_at") == [*reversed(of_line), (other.id, "suspend")]


async def test_decisions_are_read_page_by_page(scene: Scene, client: httpx.AsyncClient) -> None:
    lines = await scene.customer(lines=7)
    await scene.import_invoices(*(scene.invoice(line) for line in lines))
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await client.get(f"/collections/decisions?limit=3{cursor}")).json()
        seen += [item["line_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == sorted(str(line.id) for line in lines)


async def test_a_decision_shows_its_grounds(scene: Scene, client: httpx.AsyncClient) -> None:
    await scene.put_policy(grace_days=1, minimum_debt={"amount": "20.00"})
    await settled(scene.running, scene)
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=4)
    (decision,) = await scene.decisions(line)
    found = (await client.get(f"/collections/decisions/{decision['id']}")).json()
    assert found["outcome"] == "suspend"
    assert found["was_suspended"] is False
    assert found["line_status"] == "active"
    assert found["policy"] == {
        "version": 2,
        "grace_days": 1,
        "minimum_debt": {"amount": "20.00", "currency": "USD"},
        "suspend_scope": "line",
        "active": True,
    }
    assert found["conditions"] == [
        {"name": "policy_active", "found": "true", "required": "true", "holds": True},
        {"name": "overdue", "found": "1", "required": "1 invoice or more", "holds": True},
        {"name": "beyond_grace", "found": "4", "required": "more than 1 day", "holds": True},
        {
            "name": "minimum_debt",
            "found": "45.00 USD",
            "required": "20.00 USD or more",
            "holds": True,
        },
    ]
    assert found["debts"] == [
        {
            "invoice_id": str(invoice.id),
            "number": invoice.number,
            "open": {"amount": "45.00", "currency": "USD"},
            "due_on": invoice.due_on.isoformat(),
            "days_overdue": 4,
        }
    ]


async def test_the_summary_counts_what_is_overdue_and_suspended(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, (invoice,) = await scene.off()
    cancelled, _ = await scene.off()
    await scene.cancel(cancelled)
    owing = await scene.line()
    await scene.say(scene.invoice(owing, currency="EUR", total_minor=100).issued())
    await scene.issue(await scene.line(), days_overdue=-3)
    found = (await client.get("/collections/summary")).json()
    assert found["today"] == scene.today.isoformat()
    assert (found["suspended_lines"], found["overdue_customers"]) == (2, 3)
    assert found["overdue"] == [
        {"amount": {"amount": "1.00", "currency": "EUR"}, "invoices": 1},
        {"amount": {"amount": "90.00", "currency": "USD"}, "invoices": 2},
    ]
    assert found["decisions_today"]["suspend"] == 3
    await scene.say(invoice.paid())
    found = (await client.get("/collections/summary")).json()
    assert (found["suspended_lines"], found["decisions_today"]["reactivate"]) == (1, 1)
    assert line.status is LineStatus.SUSPENDED


async def test_an_organization_sees_nothing_of_another(scene: Scene) -> None:
    line, _ = await scene.off()
    async with scene.running.client() as ours:
        run = (await ours.post("/collections/runs")).json()["id"]
        decision = (await ours.get("/collections/decisions")).json()["items"][0]["id"]
    await settled(scene.running, scene)
    async with scene.running.client(organization=scene.running.other_organization) as theirs:
        for path in (
            f"/lines/{line.id}/collections-status",
            f"/collections/decisions/{decision}",
            f"/collections/runs/{run}",
        ):
            assert (await theirs.get(path)).status_code == 404
        assert (await theirs.get("/collections/decisions")).json()["items"] == []
        assert (await theirs.get(f"/collections/decisions?line_id={line.id}")).json()["items"] == []
        assert (await theirs.get("/collections/runs")).json()["items"] == []
        assert (await theirs.get("/collections/summary")).json()["suspended_lines"] == 0


async def test_the_api_role_sees_no_row_without_an_organization(scene: Scene) -> None:
    await scene.off()
    async with scene.running.api_db.transaction(None) as tx:
        for table in (
            "policy",
            "debtor",
            "customer",
            "line",
            "line_enforcement",
            "debt",
            "dunning_case",
        ):
            cursor = await tx.execute(f"SELECT count(*) AS seen FROM {table}")
            assert await cursor.fetchone() == {"seen": 0}, table
        for table in (
            "decision",
            "assessment_clock",
            "run",
            "run_failure",
            "activity",
            "collector",
        ):
            cursor = await tx.execute(f"SELECT count(*) AS seen FROM {table}")
            assert await cursor.fetchone() == {"seen": 0}, table


async def test_nobody_is_served_without_a_token(scene: Scene) -> None:
    async with scene.running.client(headers={"Authorization": ""}) as client:
        assert (await client.get("/collections/policy")).status_code == 401
