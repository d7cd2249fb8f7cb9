"""What people of each role do in the console, and what it keeps from them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.console.browser import Page
from tests.console.business import Business

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]

CALLED = "[...document.querySelectorAll('main button, nav a')].map((one) => one.innerText.trim())"
PATIENT = {
    "name": "Patient",
    "document": {
        "stages": [{"code": "late", "kind": "suspend", "day": 90}],
        "restore": {"rule": "below_threshold", "threshold": {"amount": "1000.00"}},
    },
}
GUARDED = {
    "name": "Guarded",
    "document": {
        "stages": [{"code": "cut", "kind": "suspend", "day": 1}],
        "safety": {"share_percent": 1, "at_least": 1},
    },
}


async def test_collector_sees_the_assigned_case_alone_and_works_it_by_keyboard(
    page: Page, business: Business
) -> None:
    await business.log_in(page, "Carlos Collector")
    await page.sees("Rosa Quispe")
    assert "Luis Vera" not in await page.text()
    offered = await page.run(CALLED)
    assert {"Customers", "Payments", "Settings", "Assign…"}.isdisjoint(offered)

    await page.press("j")
    await page.press("Enter")
    await page.sees("Timeline")
    await page.open(f"{business.url}/desk")
    await page.click("Next")
    await page.sees("Timeline")

    await page.click("Log a call")
    await page.run("document.querySelector('input[type=radio][value=inbound]').click()")
    await page.fill("Note", "Pays on Friday")
    await page.click("Write it down")
    await page.sees("They contacted us by call: reached")
    await page.sees("Pays on Friday")

    await page.click("Agree…")
    await page.click("A promise to pay…")
    await page.click("Take the promise")
    await page.sees("Agreements and pauses")
    assert page.complaints == []


async def test_clerk_takes_a_card_gives_money_back_and_decides_no_policy(
    page: Page, business: Business
) -> None:
    await business.log_in(page, "Clara Clerk")
    await page.open(f"{business.url}/invoices")
    await page.click("Julia Gil")
    await page.click("Pay by card (test)")
    await page.click("Present the card")
    await page.sees("Payment, card", seconds=40)
    assert {"Settings", "Users"}.isdisjoint(await page.run(CALLED))

    await page.open(f"{business.url}/invoices")
    await page.click("Omar Cruz")
    await page.click("Record a payment")
    await page.click("Record the payment")
    await page.sees("Payment, cash")
    await page.click("Payment, cash")
    await page.click("Give back…")
    await page.click("Refund…")
    await page.fill("Amount", "5")
    await page.fill("Reason", "Paid too much")
    await page.click("Refund")
    await page.sees("The refund is recorded")
    await page.sees("Paid too much")
    assert page.complaints == []


async def test_subscription_is_paused_resumed_changed_and_cancelled(
    page: Page, business: Business
) -> None:
    async with business.api() as api:
        await business.signed_in(api)
        for code in ("Slow", "Fast"):
            price = {"amount": "20.00"}
            body = {"code": code.upper(), "name": code, "interval": "monthly", "price": price}
            await api.post("/plans", json=body)
    await business.log_in(page, "Clara Clerk")
    await page.open(f"{business.url}/customers")
    await page.click("Inés Ruiz")
    await page.click("Subscribe")
    await page.choose("Plan", "Slow")
    await page.click("Subscribe")
    await page.sees("The subscription is there")
    for move, button, plan, said in (
        ("Pause…", "Pause", "Slow", "The subscription is paused"),
        ("Resume…", "Resume", "Slow", "The subscription goes on"),
        ("Change…", "Change it", "Slow", "The subscription is changed"),
        ("Cancel…", "Cancel the subscription", "Fast", "The subscription ends"),
    ):
        await page.click(f"Actions for the subscription to {plan}")
        await page.click(move)
        if move == "Change…":
            await page.choose("Plan", "Fast")
        await page.fill("Reason", "Asked for by phone")
        await page.click(button)
        await page.sees(said)
    assert page.complaints == []


async def test_draft_is_tried_then_published_and_two_people_release_the_next_ones_stop(
    page: Page, business: Business
) -> None:
    async with business.api() as api:
        await business.signed_in(api)
        drafted = await api.post("/collections/policies", json=PATIENT)
        await business.log_in(page, "Ada Admin")
        await page.open(f"{business.url}/policy/{drafted['id']}")
        await page.click("Try it on the past…")
        await page.day("To", business.today)
        await page.click("Try it")
        await page.sees("finished", seconds=60)
        await page.open(f"{business.url}/policy/{drafted['id']}")
        await page.click("Publish…")
        await page.click("Publish")
        await page.sees("because the policy changed", seconds=40)
        await business.nothing_suspended(api)

        drafted = await api.post("/collections/policies", json=GUARDED)
        await api.post(f"/collections/policies/{drafted['id']}/publish")
    await page.open(f"{business.url}/policy?tab=stops")
    await page.click("Release (1 of 2)", seconds=60)
    await page.sees("waits for a second person")
    await page.sees("You have released it")

    await business.log_in(page, "Bruno Boss")
    await page.open(f"{business.url}/policy?tab=stops")
    await page.sees("First release by Ada Admin")
    await page.click("Release (2 of 2)")
    await page.sees("Released by Bruno Boss")
    assert page.complaints == []


async def test_users_are_made_and_locked_out_and_an_auditor_changes_nothing(
    page: Page, business: Business
) -> None:
    await business.log_in(page, "Ada Admin")
    await page.click("Users")
    await page.click("New user")
    await page.fill("Name", "Nina Nueva")
    await page.fill("E-mail", f"{uuid4().hex}@andes.test")
    await page.fill("First password", "too short")
    await page.click("Create the user")
    await page.sees("At least 10 characters")
    await page.fill("First password", "long enough now")
    await page.click("Create the user")
    await page.sees("Nina Nueva can log in now")
    await page.click("Nina Nueva")
    await page.run("document.querySelector('section[role=dialog] input[type=checkbox]').click()")
    await page.click("Save")
    await page.sees("inactive")

    await business.log_in(page, "Olga Auditor")
    await page.open(f"{business.url}/customers")
    await page.click("Ana Torres")
    await page.sees("Open invoices")
    offered = set(await page.run(CALLED))
    assert offered.isdisjoint(
        {"Record a payment", "Issue an invoice", "Add a line", "Subscribe", "Pay", "Users"}
    )
    assert page.complaints == []


async def test_queue_is_saved_renamed_and_deleted_and_a_line_is_exempt_for_a_time(
    page: Page, business: Business
) -> None:
    await business.log_in(page, "Ada Admin")
    await page.open(f"{business.url}/desk/queues")
    await page.click("New queue")
    await page.fill("Name", "Big debts")
    await page.fill("Debt from", "26,00")
    await page.click("Save the queue")
    await page.click("Big debts")
    await page.fill("Name", "Bigger debts")
    await page.click("Save")
    await page.sees("Bigger debts")
    await page.sees("owing 26.00 or more")
    await page.sees("Ada Admin")
    await page.click("Bigger debts")
    await page.click("Delete the queue")
    await page.sees("No queue is saved yet")

    await page.open(f"{business.url}/customers")
    await page.click("Pedro Paz")
    await page.click("Actions for line 1")
    await page.click("Exempt from every step…")
    await page.day("Until", business.today + timedelta(days=10))
    await page.fill("Reason", "Flooded street")
    await page.click("Exempt")
    await page.sees("Nothing happens to line 1 until then")
    await page.click("Actions for line 1")
    await page.click("Exempt from every step…")
    await page.sees("Flooded street")
    await page.click("End it")
    await page.sees("The exemption is revoked")
    assert page.complaints == []
