"""What happens in the demo, chapter by chapter; each returns what it saw."""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import uuid4

from deploy.local.demo.client import Api, Refusal
from deploy.local.state import ROOT

CUSTOMERS: Final = 2000
BAD_ROWS: Final = 25
SEED: Final = 7
DAYS_PAST: Final = 45
PAYMENTS: Final = 30
SETTLED_AFTER_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 90.0

Progress = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Organization:
    """The sandbox the story plays in, and who works there."""

    id: str
    name: str
    clerk_email: str
    clerk_password: str
    today: date


@dataclass(slots=True)
class Restored:
    """One payment and how long its line took to come back."""

    line_id: str
    payment_id: str
    amount: str
    trace_id: str
    to_active_ms: float


@dataclass(slots=True)
class Payments:
    """What was paid."""

    restored: list[Restored] = field(default_factory=list)
    overpayment: dict[str, Any] | None = None

    @property
    def milliseconds(self) -> list[float]:
        """Payment's answer to line active, sorted."""
        return sorted(item.to_active_ms for item in self.restored)


async def found_organization(api: Api) -> Organization:
    """A new sandbox organization with a clerk."""
    tag = uuid4().hex[:6]
    made = await api.post(
        "/organizations",
        json={
            "name": f"Andes Net {tag}",
            "country": "EC",
            "currency": "USD",
            "time_zone": "America/Guayaquil",
            "locale": "es_EC",
            "sandbox": True,
        },
    )
    email, password = f"clerk-{tag}@andesnet.example", f"demo-{uuid4().hex[:12]}"
    await api.post(
        "/users",
        json={
            "email": email,
            "name": "Rosa Clerk",
            "role": "org_admin",
            "password": password,
            "organization_id": made["id"],
        },
    )
    clock = await api.get(f"/organizations/{made['id']}/clock")
    today = date.fromisoformat(clock["today"])
    return Organization(made["id"], made["name"], email, password, today)


async def portfolio_file(today: date) -> bytes:
    """A portfolio as an operator would hand it over: some of its rows are wrong."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.ingestion.portfolio",
        *("--customers", str(CUSTOMERS), "--seed", str(SEED), "--bad", str(BAD_ROWS)),
        *("--today", today.isoformat()),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    content, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(complaint.decode())
    return content


async def import_file(api: Api, content: bytes, progress: Progress) -> dict[str, Any]:
    """Upload a file and watch it being taken in."""
    await _known_everywhere(api)
    files = {"file": ("portfolio.csv", content, "text/csv")}
    job: dict[str, Any] = await api.post("/imports", files=files)
    while job["status"] not in {"finished", "failed", "cancelled"}:
        await asyncio.sleep(0.25)
        job = await api.get(f"/imports/{job['id']}")
        progress(job)
    return job


async def _known_everywhere(api: Api) -> None:
    """Each service has heard of the new organization."""
    for path in ("/invoices/summary", "/collections/policy", "/imports"):
        await api.eventually(path)


async def move_clock(api: Api, organization: Organization) -> date:
    """Let the due dates pass; the new local date."""
    path = f"/organizations/{organization.id}/clock"
    clock = await api.post(path, json={"advance_days": DAYS_PAST})
    organization.today = date.fromisoformat(clock["today"])
    return organization.today


async def wait_for_suspensions(api: Api, progress: Progress) -> dict[str, Any]:
    """Watch lines being suspended until no more are."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    last, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        summary: dict[str, Any] = await api.get("/collections/summary")
        count = summary["suspended_lines"]
        progress(summary)
        if count != last:
            last, since = count, time.monotonic()
        elif count and time.monotonic() - since > SETTLED_AFTER_SECONDS:
            return summary
        await asyncio.sleep(0.2)
    return await api.get("/collections/summary")  # type: ignore[no-any-return]


async def explain_one(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    """A suspended line's collections status, and the decision behind it."""
    page = await api.get("/lines", status="suspended", limit=1)
    line = page["items"][0]
    status = await api.get(f"/lines/{line['id']}/collections-status")
    suspending = await api.get("/collections/decisions", line_id=line["id"], outcome="suspend")
    decision = await api.get(f"/collections/decisions/{suspending['items'][0]['id']}")
    return status, decision


async def pay_some(api: Api, progress: Callable[[Restored], None]) -> Payments:
    """Pay what suspended lines owe, one after the other, and wait for each to come back."""
    paid = Payments()
    lines = await api.get("/lines", status="suspended", limit=4 * PAYMENTS)
    for line in lines["items"]:
        owed = await api.get("/invoices", line_id=line["id"], status="overdue")
        if len(owed["items"]) != 1 or owed["next"]:
            continue
        invoice = owed["items"][0]
        if paid.overpayment is None:
            paid.overpayment = await _overpay(api, invoice)
        restored = await _pay_and_wait(api, line["id"], invoice)
        paid.restored.append(restored)
        progress(restored)
        if len(paid.restored) == PAYMENTS:
            break
    return paid


async def _overpay(api: Api, invoice: dict[str, Any]) -> dict[str, Any]:
    """Offer more than is open; the refusal says how much that is."""
    try:
        await api.post("/payments", json=_payment(invoice, "999999.00"))
    except Refusal as refusal:
        return refusal.problem
    raise RuntimeError("an overpayment was taken")


async def _pay_and_wait(api: Api, line_id: str, invoice: dict[str, Any]) -> Restored:
    amount = invoice["open"]["amount"]
    trace_id = uuid4().hex
    headers = {"traceparent": f"00-{trace_id}-{uuid4().hex[:16]}-01"}
    payment = await api.post("/payments", json=_payment(invoice, amount), headers=headers)
    answered = time.perf_counter()
    while True:
        line = await api.get(f"/lines/{line_id}")
        elapsed = (time.perf_counter() - answered) * 1000
        if line["status"] == "active":
            return Restored(line_id, payment["id"], amount, trace_id, elapsed)
        if elapsed > PATIENCE_SECONDS * 1000:
            raise RuntimeError(f"line {line_id} did not come back")
        await asyncio.sleep(0.002)


def _payment(invoice: dict[str, Any], amount: str) -> dict[str, Any]:
    return {
        "invoice_id": invoice["id"],
        "amount": {"amount": amount, "currency": invoice["open"]["currency"]},
        "method": "cash",
        "reference": f"desk {invoice['number']}",
    }
