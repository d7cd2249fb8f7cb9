"""Payment plans beside new debts, and with a fee: what is paid for them, and what is not."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.collections.tests.integration.scene import Invoice, Line, Scene
from services.collections.tests.integration.test_agreements import (
    debtor,
    in_days,
    pass_days,
    post,
    status_of,
)
from services.collections.tests.integration.test_disputes import credited
from shared.contracts.billing import InvoiceKind
from shared.contracts.collections import (
    CaseCured,
    CaseOpened,
    PlanAgreed,
    PlanBroken,
    PlanKept,
    ReminderCreated,
)
from shared.contracts.event import EventData


async def kinds(scene: Scene) -> list[type[EventData]]:
    """What followed but for reminders, which have tests of their own."""
    said = [type(event) for event in await scene.said()]
    return [each for each in said if each is not ReminderCreated]


async def plan_of(client: httpx.AsyncClient, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/collections/plans/{made['id']}")).json()
    return found


async def with_fee(
    scene: Scene, client: httpx.AsyncClient, *, grace_days: int = 0
) -> tuple[Line, Invoice, Invoice, dict[str, Any], str]:
    """A debt of 90.00 and a fee of 10.00 in two instalments; the fee's invoice is not told yet."""
    line, invoice, case_id = await debtor(scene, client, total_minor=9000)
    made = await post(
        client,
        f"cases/{case_id}/plans",
        schedule={"count": 2, "first_on": in_days(scene, 2), "every": "week"},
        fee={"amount": "10.00"},
        grace_days=grace_days,
    )
    (agreed,) = await scene.said()
    assert isinstance(agreed, PlanAgreed)
    assert made["fee_invoice_id"] == str(agreed.fee_invoice_id)
    assert agreed.last_due_on == scene.today + timedelta(days=9 + grace_days)
    fee = Invoice(UUID(made["fee_invoice_id"]), line.customer_id, line.id, 1000, agreed.last_due_on)
    return line, invoice, fee, made, case_id


async def ask(scene: Scene, fee: Invoice) -> None:
    """Have billing ask for a fee."""
    await scene.say(fee.issued().model_copy(update={"kind": InvoiceKind.PLAN_FEE}))


async def pay(scene: Scene, invoice: Invoice, minor: int | None = None) -> None:
    """Money comes today."""
    await scene.say(invoice.paid(minor).model_copy(update={"received_on": scene.today}))


async def test_what_is_paid_for_new_invoices_counts_for_no_plan(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, case_id = await debtor(scene, client, total_minor=9000)
    schedule = {"count": 3, "first_on": in_days(scene, 0), "every": "week"}
    made = await post(client, f"cases/{case_id}/plans", schedule=schedule)
    await pay(scene, invoice, 3000)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    new = await scene.issue(line, days_overdue=0, total_minor=3000)
    await pay(scene, new)
    await pass_days(scene, 7)
    assert await scene.obey() == []
    assert (await plan_of(client, made))["received"]["amount"] == "30.00"
    await pass_days(scene, 1)
    assert await scene.obey() == [("suspend", line.id, 3)]
    assert await kinds(scene) == [PlanAgreed, PlanBroken]


async def test_a_plan_pauses_no_more_than_what_is_left_of_its_debt(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, case_id = await debtor(scene, client, total_minor=9000)
    schedule = {"count": 3, "first_on": in_days(scene, 0), "every": "month"}
    await post(client, f"cases/{case_id}/plans", schedule=schedule)
    await pay(scene, invoice, 3000)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    await scene.say(credited(invoice, 2000))
    (pause,) = await scene.rows("SELECT amount_minor FROM pause WHERE ended_at IS NULL")
    assert pause["amount_minor"] == 4000
    assert await scene.obey() == []


async def test_the_fee_is_part_of_its_plan_to_the_last_instalment(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, fee, made, case_id = await with_fee(scene, client)
    await ask(scene, fee)
    await pass_days(scene, 2)
    await pay(scene, fee)
    await pay(scene, invoice, 4000)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    found = await plan_of(client, made)
    assert (found["status"], found["received"]["amount"]) == ("open", "50.00")
    await pass_days(scene, 7)
    assert await scene.obey() == []
    await pay(scene, invoice)
    assert await kinds(scene) == [CaseCured, PlanKept]
    assert await status_of(client, case_id) == "closed"
    assert await scene.broken_invariants() == {}


async def test_a_plan_whose_debt_is_paid_goes_on_for_its_fee(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, fee, made, _ = await with_fee(scene, client)
    await pay(scene, invoice)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    assert (await plan_of(client, made))["status"] == "open"
    await ask(scene, fee)
    await pass_days(scene, 9)
    assert await scene.obey() == []
    assert await scene.broken_invariants() == {}
    await pay(scene, fee)
    assert await kinds(scene) == [CaseCured, PlanKept]
    assert await scene.broken_invariants() == {}


@pytest.mark.parametrize("grace_days", [0, 3])
async def test_a_fee_that_is_not_paid_breaks_its_plan_and_is_owed_like_any_invoice(
    scene: Scene, client: httpx.AsyncClient, grace_days: int
) -> None:
    line, invoice, fee, _, _ = await with_fee(scene, client, grace_days=grace_days)
    await ask(scene, fee)
    await pay(scene, invoice)
    await scene.obey()
    await pass_days(scene, 9 + grace_days)
    assert await kinds(scene) == [CaseCured]
    assert await scene.obey() == []
    await pass_days(scene, 1)
    assert set(await kinds(scene)) == {PlanBroken, CaseOpened}
    assert await scene.obey() == [("suspend", line.id, 3)]
    assert await scene.broken_invariants() == {}


async def test_a_debt_that_goes_otherwise_ends_its_plan_and_leaves_the_fee(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, fee, made, _ = await with_fee(scene, client)
    await ask(scene, fee)
    await scene.say(invoice.voided())
    assert (await plan_of(client, made))["status"] == "cancelled"
    await pass_days(scene, 9)
    assert await kinds(scene) == [CaseCured]
    await pass_days(scene, 1)
    assert await kinds(scene) == [CaseOpened]
    assert await scene.broken_invariants() == {}


async def test_a_fee_given_up_by_a_credit_note_ends_a_plan_that_waits_for_it_alone(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, fee, made, _ = await with_fee(scene, client)
    await ask(scene, fee)
    await pay(scene, invoice)
    await scene.say(credited(fee, 1000))
    assert (await plan_of(client, made))["status"] == "cancelled"
    assert await kinds(scene) == [CaseCured]
    assert await scene.broken_invariants() == {}


async def test_a_fee_paid_before_its_invoice_is_heard_of_counts(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, fee, made, _ = await with_fee(scene, client)
    await pay(scene, fee)
    assert (await plan_of(client, made))["received"]["amount"] == "10.00"
    await pay(scene, invoice)
    await ask(scene, fee)
    assert await kinds(scene) == [CaseCured, PlanKept]
    assert await scene.broken_invariants() == {}


async def test_a_plan_of_a_customer_is_about_what_all_lines_owed(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await scene.put_policy(suspend_scope="customer")
    lines = await scene.customer(lines=2)
    owed = [await scene.issue(line, total_minor=2000) for line in lines]
    await scene.obey()
    (case,) = (await client.get("/collections/cases")).json()["items"]
    assert (case["line_id"], case["debt"]["amount"]) == (None, "40.00")
    schedule = {"count": 2, "first_on": in_days(scene, 2), "every": "week"}
    made = await post(client, f"cases/{case['id']}/plans", schedule=schedule)
    await pay(scene, await scene.issue(lines[0], days_overdue=0, total_minor=2000))
    assert (await plan_of(client, made))["received"]["amount"] == "0.00"
    for invoice in owed:
        await pay(scene, invoice)
    assert (await plan_of(client, made))["status"] == "kept"
    assert await scene.broken_invariants() == {}
