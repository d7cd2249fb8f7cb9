"""An operator's business as the console finds it: people of every role, customers who owe."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

from deploy.local.demo.client import Api
from deploy.local.stack import Stack
from tests.console.browser import Page

PASSWORD: Final = "a long enough password"
PEOPLE: Final = {
    "Ada Admin": "org_admin",
    "Bruno Boss": "org_admin",
    "Clara Clerk": "clerk",
    "Carlos Collector": "collector",
    "Olga Auditor": "read_only",
}
DEBTORS: Final = ("Rosa Quispe", "Luis Vera", "Ana Torres", "Hugo Mora", "Pedro Paz")
NOT_DUE_YET: Final = ("Inés Ruiz", "Julia Gil", "Omar Cruz")
HEADER: Final = "customer_ref,customer_name,line_number,plan_name,plan_price,debt_ref,amount,due_on"
DAYS_PASSED: Final = 5
PATIENCE_SECONDS: Final = 90.0


@dataclass(slots=True)
class Business:
    """The organization, and how its people log in."""

    url: str
    organization_id: str
    today: date
    emails: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    async def log_in(self, page: Page, name: str) -> None:
        """Use the console as one of the people."""
        await page.open(f"{self.url}/login")
        await page.run("sessionStorage.clear()")
        await page.open(f"{self.url}/")
        await page.fill("E-mail", self.emails[name])
        await page.fill("Password", PASSWORD)
        await page.click("Log in")
        await page.sees(name)

    def api(self) -> Api:
        """The public API, nobody logged in."""
        return Api(self.url)

    async def signed_in(self, api: Api, name: str = "Ada Admin") -> None:
        """Use the API as one of the people."""
        await api.log_in(self.emails[name], PASSWORD)

    async def nothing_suspended(self, api: Api) -> None:
        """Wait until every line is on."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await api.get("/lines", status="suspended"))["items"]:
                await asyncio.sleep(0.1)


async def open_business(stack: Stack) -> Business:
    """Found it: people, cards taken in the sandbox, a portfolio whose debts fell due."""
    async with Api(stack.gateway_url) as platform, Api(stack.gateway_url) as api:
        await platform.log_in(stack.admin_email, stack.admin_password)
        made = await platform.post("/organizations", json=_sandbox())
        clock = await platform.get(f"/organizations/{made['id']}/clock")
        business = Business(stack.gateway_url, made["id"], date.fromisoformat(clock["today"]))
        for name, role in PEOPLE.items():
            await _hire(platform, business, name, role)
        await business.signed_in(api)
        for path in ("/invoices/summary", "/collections/policy", "/imports", "/plans"):
            await api.eventually(path)
        await _import(api, business.today)
        await api.post("/processors", json={"provider": "local"})
        clock = await api.post(
            f"/organizations/{made['id']}/clock", json={"advance_days": DAYS_PASSED}
        )
        business.today = date.fromisoformat(clock["today"])
        cases = await _cases(api)
        collector = await api.post("/collections/collectors", json=_collector(business))
        mine = [case["id"] for case in cases if case["customer_name"] == "Rosa Quispe"]
        body = {"case_ids": mine, "collector_id": collector["id"]}
        await api.post("/collections/cases/assign", json=body)
    return business


def _sandbox() -> dict[str, Any]:
    return {
        "name": "Andes Net",
        "country": "EC",
        "currency": "USD",
        "time_zone": "America/Guayaquil",
        "locale": "es_EC",
        "sandbox": True,
    }


def _collector(business: Business) -> dict[str, Any]:
    return {
        "user_id": business.ids["Carlos Collector"],
        "name": "Carlos Collector",
        "capacity": 50,
        "commission_rate": "0.1",
        "segments": [],
    }


async def _hire(platform: Api, business: Business, name: str, role: str) -> None:
    email = f"{uuid4().hex}@andes.test"
    body = {
        "email": email,
        "name": name,
        "role": role,
        "password": PASSWORD,
        "organization_id": business.organization_id,
    }
    made = await platform.post("/users", json=body)
    business.emails[name], business.ids[name] = email, made["id"]


async def _import(api: Api, today: date) -> None:
    soon, later = today + timedelta(days=1), today + timedelta(days=60)
    dues = [(name, soon) for name in DEBTORS] + [(name, later) for name in NOT_DUE_YET]
    rows = [
        f"C-{at},{name},1,Fibra 100,25.00,D-{at},{25 + at}.00,{due}"
        for at, (name, due) in enumerate(dues)
    ]
    content = "\n".join([HEADER, *rows]) + "\n"
    job = await api.post("/imports", files={"file": ("book.csv", content.encode(), "text/csv")})
    async with asyncio.timeout(PATIENCE_SECONDS):
        while job["status"] not in {"finished", "failed", "cancelled"}:
            await asyncio.sleep(0.1)
            job = await api.get(f"/imports/{job['id']}")
    assert job["status"] == "finished", job


async def _cases(api: Api) -> list[dict[str, Any]]:
    """The cases, once every debtor has one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = await api.all("/collections/cases")
            if {case["customer_name"] for case in found} >= set(DEBTORS):
                return found
            await asyncio.sleep(0.1)
