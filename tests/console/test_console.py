"""The console in a browser, on the whole system: what a person does and sees."""

from datetime import timedelta
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from shared import clock
from tests.console.browser import Page

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]

PLACES = (
    "Customers",
    "Invoices",
    "Plans",
    "Bill runs",
    "Payments",
    "Deposit accounts",
    "Desk",
    "Decisions",
    "Policy",
    "Runs",
    "Reminders",
    "Figures",
    "Imports",
    "Settings",
    "Users",
    "Platform",
)
HEADER = "customer_ref,customer_name,line_number,plan_name,plan_price,debt_ref,amount,due_on"


async def log_in(page: Page, stack: Stack) -> None:
    await page.open(f"{stack.gateway_url}/")
    await page.fill("E-mail", stack.admin_email)
    await page.fill("Password", stack.admin_password)
    await page.click("Log in")
    await page.sees("New organization")


async def create_sandbox(page: Page, name: str) -> None:
    await page.click("New organization")
    await page.fill("Name", name)
    await page.fill("Time zone", "America/Guayaquil")
    await page.run("document.querySelector('input[type=checkbox]').click()")
    await page.click("Create")
    await page.sees("Advance clock")


async def go(page: Page, place: str) -> None:
    await page.click(place)
    await page.until(
        f"document.querySelector('h1')?.innerText === '{place}'", f"the page {place!r}"
    )


def portfolio(folder: Path) -> Path:
    """One customer who owes, one who does not yet, and a row that cannot be taken."""
    today = clock.now().date()
    soon, later = today + timedelta(days=2), today + timedelta(days=60)
    rows = [
        HEADER,
        f"C-1,Rosa Quispe,1,Fibra 100,25.00,D-1,25.00,{soon}",
        f"C-2,Luis Vera,1,Fibra 300,35.00,D-2,35.00,{later}",
        f"C-3,Nadie,1,Fibra 300,35.00,D-3,N/A,{later}",
    ]
    path = folder / "november.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


async def test_wrong_password_is_refused_in_words_and_lets_nobody_in(
    page: Page, stack: Stack
) -> None:
    await page.open(f"{stack.gateway_url}/customers")
    await page.fill("E-mail", stack.admin_email)
    await page.fill("Password", "not it")
    await page.click("Log in")
    await page.sees("E-mail or password is wrong")
    assert await page.run("sessionStorage.length") == 0


async def test_session_survives_a_reload_and_a_worthless_access_token(
    page: Page, stack: Stack
) -> None:
    await log_in(page, stack)
    refreshed = "JSON.parse(sessionStorage['duesline.session']).tokens.refresh_token"
    before = await page.run(refreshed)
    await page.run(
        """(() => { const kept = JSON.parse(sessionStorage['duesline.session']);
        kept.tokens.access_token += 'x';
        sessionStorage['duesline.session'] = JSON.stringify(kept); })()"""
    )
    await page.open(f"{stack.gateway_url}/platform")
    await page.sees("collections-worker")
    await page.sees("Every event was taken")
    assert await page.run(refreshed) != before


async def test_field_the_server_refuses_is_marked_where_it_was_typed(
    page: Page, stack: Stack
) -> None:
    await log_in(page, stack)
    await create_sandbox(page, "Fields")
    await go(page, "Customers")
    await page.click("New customer")
    await page.fill("Name", "Ana Torres")
    await page.fill("National id", "123")
    await page.click("Create customer")
    await page.sees("is not a valid CI or RUC of EC")
    marked = "document.querySelector('input[aria-invalid=true]')?.value"
    assert await page.run(marked) == "123"


async def test_file_comes_in_days_pass_a_line_is_cut_and_a_payment_brings_it_back(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    await log_in(page, stack)
    await create_sandbox(page, "Whole story")

    await go(page, "Imports")
    await page.sees("No file was taken in yet")
    await page.choose_file(portfolio(tmp_path))
    await page.sees("finished", seconds=40)
    await page.sees("'N/A' is not an amount")

    await page.click("Advance clock")
    await page.fill("Days", "5")
    await page.click("Advance")
    await page.sees("It is ")

    await go(page, "Customers")
    await page.click("Rosa Quispe")
    await page.sees("Suspended: 1 invoice is overdue", seconds=40)

    await page.click("Record a payment")
    await page.fill("Amount", "999")
    await page.click("Record the payment")
    await page.sees("That is more than is open")
    await page.fill("Amount", "25")
    await page.click("Record the payment")
    await page.sees("Line 1 is active now", seconds=20)
    await page.sees("Nothing is owed")
    await page.sees("Switched back on: nothing is overdue.")

    await go(page, "Decisions")
    await page.click("Rosa Quispe")
    await page.sees("Required to suspend")


async def test_plan_bills_its_lines_and_the_statement_tells_what_became_of_the_bill(
    page: Page, stack: Stack
) -> None:
    await log_in(page, stack)
    await create_sandbox(page, "Money story")

    await go(page, "Customers")
    await page.click("New customer")
    await page.fill("Name", "Ana Torres")
    await page.click("Create customer")
    await page.click("Add a line")
    await page.fill("Plan", "Fibra 100")
    await page.fill("Price", "25")
    await page.click("Add the line")
    await page.click("Actions for line 1")
    await page.click("Activate")
    await page.sees("Line 1 is activated")

    await go(page, "Plans")
    await page.click("New plan")
    await page.fill("Code", "FIBRA-100")
    await page.fill("Name", "Fibra 100")
    await page.fill("Price", "25")
    await page.click("Create the plan")
    await page.click("Adopt lines")
    await page.sees("has no subscription yet")
    await page.click("Adopt")
    await page.sees("1 line is subscribed; none is left.")
    await page.click("Close")

    await go(page, "Bill runs")
    await page.click("New bill run")
    await page.click("Preview")
    await page.sees("1 from 1 subscriptions")
    await page.click("Start the bill run")
    await page.sees("finished", seconds=40)

    await go(page, "Invoices")
    await page.click("Ana Torres")
    await page.click("Correct…")
    await page.click("Issue a credit note…")
    await page.fill("Reason", "A month for free")
    await page.click("Issue the credit note")
    await page.sees("The credit note is issued.")
    await page.sees("A month for free")

    await page.click("Ana Torres")
    await page.click("Statement")
    await page.sees("Statement of Ana Torres")
    closing = "document.querySelector('[aria-label=\\'In all\\'] tr:last-child')?.innerText"
    await page.until(f"/Closing\\s+0[.,]00/.test({closing})", "a balance of nothing")
    moved = "document.querySelector('table[aria-label=Movements]')?.innerText"
    await page.until(f"/invoice[^]*credit note/.test({moved})", "the bill and what took it back")
    assert page.complaints == []


async def test_overdue_customer_is_worked_at_the_desk_and_the_line_says_why_it_is_cut(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    await log_in(page, stack)
    await create_sandbox(page, "The desk")
    await go(page, "Imports")
    await page.choose_file(portfolio(tmp_path))
    await page.sees("finished", seconds=40)
    await page.click("Advance clock")
    await page.fill("Days", "5")
    await page.click("Advance")
    await page.sees("It is ")

    await go(page, "Desk")
    await page.sees("Rosa Quispe", seconds=40)
    await page.click("Next")
    await page.sees("Timeline")
    await page.fill("Note", "Will pay on Friday")
    await page.click("Write the note")
    await page.sees("The note is written")
    await page.sees("Will pay on Friday")

    await page.click("Agree…")
    await page.click("A promise to pay…")
    await page.click("Take the promise")
    await page.sees("Agreements and pauses")

    await page.click("Why is line 1 so?")
    await page.sees("What would change it")
    assert page.complaints == []


async def test_policy_is_refused_at_its_place_then_drawn_and_put_in_force(
    page: Page, stack: Stack
) -> None:
    await log_in(page, stack)
    await create_sandbox(page, "Policies")
    await go(page, "Policy")
    await page.click("New draft")
    await page.fill("Name", "Three steps")
    await page.fill("Condition of stage 2", '{"fact": "mood", "op": "gte", "value": 1}')
    await page.click("Keep the draft")
    await page.sees("document.stages.1.when")
    await page.fill("Condition of stage 2", '{"fact": "open_debts", "op": "gte", "value": 1}')
    await page.click("Keep the draft")
    await page.sees("Difference to another")
    assert await page.run("document.querySelectorAll('svg[role=img] circle').length") == 3
    await page.click("Publish…")
    await page.click("Publish")
    await page.sees("because the policy changed", seconds=30)


async def test_no_page_breaks_the_content_security_policy_or_throws(
    page: Page, stack: Stack
) -> None:
    await log_in(page, stack)
    await create_sandbox(page, "Clean")
    for place in PLACES:
        await go(page, place)
        await page.until(f"document.title.startsWith('{place}')", f"the title of {place!r}")
    await go(page, "Dashboard")
    await page.sees("Nothing is open")
    assert page.complaints == []
