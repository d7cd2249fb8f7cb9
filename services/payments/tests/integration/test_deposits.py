"""Deposit accounts: where money lands, what is there, how it moves and how it is told."""

import asyncio
import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.payments.deposits import timers
from services.payments.tests.integration.desk import Desk
from shared.auth import Role
from shared.ids import new_id


async def accounts(desk: Desk) -> dict[str, dict[str, Any]]:
    """The deposit accounts by name."""
    return {each["name"]: each for each in (await desk.get("/deposit-accounts")).json()["items"]}


async def open_account(desk: Desk, **body: Any) -> dict[str, Any]:
    """A new deposit account."""
    answer = await desk.post("/deposit-accounts", {"kind": "bank"} | body, role=Role.ORG_ADMIN)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def change(desk: Desk, account: dict[str, Any], **body: Any) -> Any:
    """PATCH an account as it was read."""
    async with desk.running.client(Role.ORG_ADMIN) as client:
        headers = {"If-Match": f'"{account["version"]}"'}
        return await client.patch(f"/deposit-accounts/{account['id']}", json=body, headers=headers)


async def move(desk: Desk, **body: Any) -> Any:
    """POST a transfer of 10.00."""
    sent = {"amount": {"amount": "10.00"}, "description": "to the bank"} | body
    return await desk.post("/deposit-accounts/transfers", sent)


async def test_money_lands_by_its_method_in_an_account_that_opens_when_needed(
    desk: Desk,
) -> None:
    for method in ("cash", "check", "card", "bank_transfer"):
        invoice = await desk.invoice()
        paid = await desk.pay(invoice_id=invoice.invoice_id, method=method)
        assert paid.status_code == 201

    balances = {
        name: (each["kind"], each["balance"]["amount"], each["default_for"])
        for name, each in (await accounts(desk)).items()
    }
    assert balances == {
        "Cash desk": ("cash_desk", "90.00", ["cash", "check"]),
        "Card processor": ("processor", "45.00", ["card", "wallet"]),
        "Bank": ("bank", "45.00", ["bank_transfer", "other"]),
    }


async def test_many_first_payments_open_one_account(desk: Desk) -> None:
    invoices = [await desk.invoice() for _ in range(12)]

    answers = await asyncio.gather(
        *(desk.pay(invoice_id=each.invoice_id, method="wallet") for each in invoices)
    )

    assert {answer.status_code for answer in answers} == {201}
    assert (await accounts(desk))["Card processor"]["balance"]["amount"] == "540.00"


async def test_a_payment_may_name_its_account(desk: Desk) -> None:
    invoice = await desk.invoice()
    branch = await open_account(desk, name="Branch north", kind="cash_desk")

    paid = await desk.pay(invoice_id=invoice.invoice_id, deposit_account_id=branch["id"])

    assert paid.json()["deposit_account_id"] == branch["id"]
    assert (await accounts(desk))["Branch north"]["balance"]["amount"] == "45.00"


@pytest.mark.parametrize("target", ["invoice_id", "customer_id", "allocations"])
async def test_an_account_that_cannot_take_the_money_is_refused(desk: Desk, target: str) -> None:
    invoice = await desk.invoice()
    closed = await open_account(desk, name="Old bank")
    await change(desk, closed, active=False)
    euros = await open_account(desk, name="Euros", currency="EUR")
    part = {"invoice_id": str(invoice.invoice_id), "amount": {"amount": "45.00"}}
    targets: dict[str, dict[str, Any]] = {
        "invoice_id": {"invoice_id": invoice.invoice_id},
        "customer_id": {"customer_id": invoice.customer_id},
        "allocations": {"allocations": [part]},
    }

    for account_id in (closed["id"], euros["id"], str(new_id())):
        answer = await desk.pay(deposit_account_id=account_id, **targets[target])
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/deposit-account-unusable")


async def test_a_default_moves_to_the_account_that_asks_for_it(desk: Desk) -> None:
    first, invoice = (await accounts(desk))["Cash desk"], await desk.invoice()
    second = await open_account(desk, name="Second desk", kind="cash_desk", default_for=["cash"])

    paid = await desk.pay(invoice_id=invoice.invoice_id, amount="1.00")
    closed = await change(desk, second, active=False)
    again = await desk.pay(invoice_id=invoice.invoice_id, amount="1.00")

    assert paid.json()["deposit_account_id"] == second["id"]
    assert closed.json()["default_for"] == []
    assert again.json()["deposit_account_id"] == first["id"]


async def test_a_method_named_twice_is_routed_once(desk: Desk) -> None:
    made = await open_account(desk, name="Till", default_for=["wallet", "check", "wallet"])

    assert made["default_for"] == ["check", "wallet"]


async def test_an_account_changes_for_who_has_seen_it_only(desk: Desk) -> None:
    account = (await accounts(desk))["Cash desk"]
    bank = await open_account(desk, name="Bank of the Andes")

    renamed = await change(desk, account, name="Front desk")
    stale = await change(desk, account, name="Back desk")
    taken = await change(desk, bank, name="Front desk")

    assert (renamed.status_code, renamed.json()["version"]) == (200, 2)
    assert stale.status_code == 412
    assert taken.json()["type"].endswith("/deposit-name-taken")


async def test_a_transfer_moves_money_once_per_key(desk: Desk) -> None:
    invoice, bank = await desk.invoice(), await open_account(desk, name="Main bank")
    await desk.pay(invoice_id=invoice.invoice_id)
    cash = (await accounts(desk))["Cash desk"]
    body = {
        "from_account_id": cash["id"],
        "to_account_id": bank["id"],
        "amount": {"amount": "30.00"},
        "description": "evening deposit",
    }

    answers = await asyncio.gather(
        *(desk.post("/deposit-accounts/transfers", body, key="k") for _ in range(8))
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert (await desk.post("/deposit-accounts/transfers", body, key="k")).status_code == 201
    balances = {name: each["balance"]["amount"] for name, each in (await accounts(desk)).items()}
    assert (balances["Cash desk"], balances["Main bank"]) == ("15.00", "30.00")


async def test_a_transfer_is_undone_once(desk: Desk) -> None:
    bank = await open_account(desk, name="Main bank")
    moved = (await move(desk, to_account_id=bank["id"])).json()
    path = f"/deposit-accounts/transfers/{moved['id']}/reverse"

    answers = await asyncio.gather(*(desk.post(path, {"reason": "typed twice"}) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    (undone,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert (undone["reverses"], undone["from_account_id"]) == (moved["id"], bank["id"])
    again = await desk.post(f"/deposit-accounts/transfers/{undone['id']}/reverse", {"reason": "no"})
    assert again.json()["type"].endswith("/transfer-reversed")
    assert (await accounts(desk))["Main bank"]["balance"]["amount"] == "0.00"


async def test_an_opening_balance_comes_from_nowhere(desk: Desk) -> None:
    bank = await open_account(desk, name="Main bank")

    moved = await move(desk, to_account_id=bank["id"], booked_on="2026-01-01")

    assert moved.json()["from_account_id"] is None
    assert (await accounts(desk))["Main bank"]["balance"]["amount"] == "10.00"
    entries = (await desk.get("/journal", account="opening")).json()["items"]
    assert [(each["credit"]["amount"], each["booked_on"]) for each in entries] == [
        ("10.00", "2026-01-01")
    ]


async def test_transfers_that_make_no_sense_are_refused(desk: Desk) -> None:
    bank = await open_account(desk, name="Main bank")
    euros = await open_account(desk, name="Euros", currency="EUR")
    tomorrow = (desk.organization.today() + timedelta(days=1)).isoformat()
    same = {"from_account_id": bank["id"], "to_account_id": bank["id"]}

    assert (await move(desk)).status_code == 422
    assert (await move(desk, **same)).status_code == 422
    assert (await move(desk, to_account_id=bank["id"], booked_on=tomorrow)).status_code == 422
    nothing = await move(desk, to_account_id=bank["id"], amount={"amount": "0.00"})
    assert nothing.status_code == 422
    for other in (str(new_id()), euros["id"]):
        answer = await move(desk, from_account_id=bank["id"], to_account_id=other)
        assert answer.json()["type"].endswith("/deposit-account-unusable")
    assert (await desk.post("/deposit-accounts", {"name": "x", "kind": "bank"})).status_code == 403


async def test_the_journal_is_exported_as_an_accounting_system_takes_it(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(
        invoice_id=invoice.invoice_id, amount="50.00", surplus="credit", reference="=1+1"
    )
    await desk.give_back(paid.json()["id"], amount_minor=500)

    answer = await desk.get("/journal/export")

    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(each["account"], each["debit"], each["credit"]) for each in rows] == [
        ("deposit", "50.00", ""),
        ("receivable", "", "45.00"),
        ("credit", "", "5.00"),
        ("deposit", "", "5.00"),
        ("credit", "5.00", ""),
    ]
    assert rows[0]["deposit_account"] == "Cash desk"
    assert rows[0]["reference"] == "'=1+1"
    assert rows[1]["invoice"] == invoice.number
    assert rows[3]["reference"] == "refund: asked for"
    assert {each["date"] for each in rows} == {desk.organization.today().isoformat()}
    other = await desk.get("/journal/export", desk.running.other_organization)
    assert len(other.text.splitlines()) == 1


async def test_the_journal_is_read_in_pages_by_what_is_wanted(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = (await desk.pay(invoice_id=invoice.invoice_id)).json()
    await desk.pay(invoice_id=(await desk.invoice()).invoice_id)
    wanted: list[dict[str, Any]] = [
        {"payment_id": paid["id"]},
        {"customer_id": paid["customer_id"]},
        {"invoice_id": str(invoice.invoice_id)},
        {"deposit_account_id": paid["deposit_account_id"]},
        {"account": "receivable"},
        {"booked_from": "2026-01-01", "booked_to": "2026-01-31"},
    ]

    counts = [len((await desk.get("/journal", **each)).json()["items"]) for each in wanted]

    assert counts == [2, 2, 1, 2, 2, 0]
    first = (await desk.get("/journal", limit=3)).json()
    rest = (await desk.get("/journal", limit=3, cursor=first["next"])).json()
    assert len({each["id"] for each in first["items"] + rest["items"]}) == 4


async def test_a_kept_balance_and_what_came_after_are_one_sum(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "ENOUGH_ENTRIES", 1)
    invoice = await desk.invoice()
    balances = []
    for _ in range(3):
        await desk.pay(invoice_id=invoice.invoice_id, amount="10.00")
        assert await desk.running.run_timer(timers.keep_deposit_balances) == 1
        await desk.pay(invoice_id=invoice.invoice_id, amount="1.00")
        balances.append((await accounts(desk))["Cash desk"]["balance"]["amount"])

    assert balances == ["11.00", "22.00", "33.00"]
    (kept,) = await desk.rows("SELECT balance_minor FROM deposit_balance")
    assert kept["balance_minor"] == 3200


async def test_balances_are_not_kept_up_to_an_entry_of_an_open_transaction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "ENOUGH_ENTRIES", 1)
    bank = await open_account(desk, name="Main bank")
    await move(desk, to_account_id=bank["id"])
    async with desk.running.db.transaction(None) as slow:
        await slow.execute(
            "INSERT INTO journal_entry (organization_id, posting_id, account, amount_minor,"
            " currency, deposit_account_id, booked_on, recorded_at)"
            " VALUES (%s, %s, 'deposit', 1, 'USD', %s, %s, now())",
            (desk.organization.id, new_id(), UUID(bank["id"]), date(2026, 1, 1)),
        )
        await move(desk, to_account_id=bank["id"])
        assert await desk.running.run_timer(timers.keep_deposit_balances) == 0
        await slow.rollback()

    assert await desk.running.run_timer(timers.keep_deposit_balances) >= 1
