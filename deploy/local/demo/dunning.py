"""The chapters about collections: what another policy would have done, a promise, figures."""

import asyncio
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from deploy.local.demo.client import Api

PATIENCE_SECONDS: Final = 120.0
MILDER: Final = {
    "name": "Two weeks, then off",
    "document": {
        "scope": "line",
        "grace_days": 14,
        "minimum_debt": {"amount": "10.00"},
        "stages": [
            {"code": "remind-before", "kind": "remind", "day": -3},
            {"code": "remind-late", "kind": "remind", "day": 2},
            {"code": "warn", "kind": "warn", "day": 7},
            {"code": "suspend", "kind": "suspend", "day": 15},
        ],
    },
}


@dataclass(frozen=True, slots=True)
class Promised:
    """A customer who promised to pay, and whose line came back for it."""

    case: dict[str, Any]
    amount: dict[str, str]
    until: date


async def what_if(api: Api, until: date) -> dict[str, Any]:
    """Run a milder policy over what has happened; nothing is changed by it."""
    draft = await api.post("/collections/policies", json=MILDER)
    body = {"policy_id": draft["id"], "to_on": until.isoformat()}
    asked = await api.post("/collections/what-ifs", json=body)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while asked["status"] in {"pending", "running"} and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        asked = await api.get(f"/collections/what-ifs/{asked['id']}")
    return asked  # type: ignore[no-any-return]


async def why(api: Api, line_id: str, language: str) -> dict[str, Any]:
    """Why a line is off, and what would change it, in plain words."""
    return await api.get(f"/lines/{line_id}/why", lang=language)  # type: ignore[no-any-return]


async def promise(api: Api, today: date) -> Promised:
    """Write down that a customer will pay within a week."""
    page = await api.get("/collections/cases", limit=1)
    case = page["items"][0]
    until = today + timedelta(days=5)
    body = {"promised_for": until.isoformat(), "note": "paid on Friday, she says"}
    made = await api.post(f"/collections/cases/{case['id']}/promises", json=body)
    return Promised(case, made["amount"], until)


async def figures(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is outstanding and recovered, and how old it is."""
    dashboard = await api.get("/collections/analytics/dashboard")
    ageing = await api.get("/collections/analytics/ageing")
    return dashboard, ageing
