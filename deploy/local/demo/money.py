"""The chapters about money: a month end, a slip put right, a card, a statement."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from deploy.local.demo.client import Api
from deploy.local.state import state_dir

PATIENCE_SECONDS: Final = 120.0
GOOD_CARD: Final = "4242424242424242"


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """A bill run, what it was expected to be, and how long it took."""

    plans: int
    subscribed: int
    preview: dict[str, Any]
    run: dict[str, Any]
    again: dict[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class CardPayment:
    """A suspended line paid for by card."""

    amount: dict[str, str]
    to_active_ms: float


@dataclass(frozen=True, slots=True)
class Corrected:
    """An invoice that was paid, then credited in part."""

    number: str
    credited: dict[str, str]
    note: str
    credit: dict[str, str]


async def close_month(
    api: Api, today: date, progress: Callable[[dict[str, Any]], None]
) -> MonthEnd:
    """Sell each plan that lines carry, subscribe the lines, and bill what is due."""
    subscribed, plans = 0, await _plans_carried(api)
    for code, (name, price) in enumerate(sorted(plans.items()), start=1):
        plan = await api.post(
            "/plans",
            json={
                "code": f"plan-{code}",
                "name": name,
                "price": price,
                "tax_rate": "15",
                "price_from": today.replace(day=1).isoformat(),
                "suspended_rule": "skip",
            },
        )
        start = {"starts_on": today.isoformat(), "keep_prices": True}
        adopted = await api.post(f"/plans/{plan['id']}/adopt", json=start)
        subscribed += adopted["subscribed"]
    preview = await api.post("/bill-runs/preview", json={})
    began = time.monotonic()
    run = await _finished(api, await api.post("/bill-runs", json={}), progress)
    seconds = time.monotonic() - began
    again = await _finished(api, await api.post("/bill-runs", json={}), progress)
    return MonthEnd(len(plans), subscribed, preview, run, again, seconds)


async def _plans_carried(api: Api) -> dict[str, Any]:
    """The plans that the first lines carry, each with a price."""
    page = await api.get("/lines", limit=500)
    return {line["plan_name"]: line["price"] for line in page["items"]}


async def _finished(
    api: Api, run: dict[str, Any], progress: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while run["state"] not in {"finished", "cancelled"} and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        run = await api.get(f"/bill-runs/{run['id']}")
        progress(run)
    return run


async def put_right(api: Api) -> Corrected:
    """Credit a part of a paid invoice: the money becomes the customer's credit."""
    page = await api.get("/invoices", status="paid", limit=1)
    invoice = page["items"][0]
    part = {"amount": "5.00", "currency": invoice["total"]["currency"]}
    note = await api.post(
        f"/invoices/{invoice['id']}/credit-notes",
        json={"amount": part, "reason": "two days without service", "settlement": "credit"},
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = await api.get("/credits", customer_id=invoice["customer_id"])
        if found["items"]:
            break
        await asyncio.sleep(0.02)
    balance = found["items"][0]["balance"] if found["items"] else {"amount": "0.00"}
    return Corrected(invoice["number"], note["total"], note["number"], balance)


async def pay_by_card(api: Api) -> CardPayment:
    """Let a card pay what keeps a line off, at the local test processor."""
    await api.post("/processors", json={"provider": "local"})
    line, invoice = await _payable(api)
    intent = await api.post("/payment-intents", json={"invoice_id": invoice["id"]})
    card = {"card": GOOD_CARD}
    await api.post(f"/payment-intents/{intent['id']}/test-confirmation", json=card)
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_SECONDS:
        if (await api.get(f"/lines/{line['id']}"))["status"] == "active":
            break
        await asyncio.sleep(0.005)
    return CardPayment(invoice["open"], (time.perf_counter() - began) * 1000)


async def _payable(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    """A suspended line that one payment brings back."""
    lines = await api.get("/lines", status="suspended", limit=100)
    for line in lines["items"]:
        owed = await api.get("/invoices", line_id=line["id"], status="overdue")
        if len(owed["items"]) == 1 and owed["next"] is None:
            return line, owed["items"][0]
    raise RuntimeError("no suspended line owes a single invoice")


async def state(api: Api, customer_id: str) -> tuple[dict[str, Any], Path]:
    """A customer's statement, and the same as a PDF on this machine."""
    path = f"/customers/{customer_id}/statement"
    statement: dict[str, Any] = await api.get(path)
    pdf = await api.send("GET", path, params={"format": "pdf"})
    kept = state_dir("run") / "statement.pdf"
    kept.write_bytes(pdf.content)
    return statement, kept
