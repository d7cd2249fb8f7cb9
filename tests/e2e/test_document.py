"""The gateway does what its document says: no 500, no undocumented status, whatever is sent."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import status_code_conformance

from deploy.local.demo.client import Api
from deploy.local.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = json.loads((ROOT / "gateway/openapi.json").read_text())
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {
    found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)
}
EXAMPLES = 12
UNTIL_CLOSED = {"GET /api/v1/imports/{import_id}/events"}  # answers as long as the import runs


@pytest.fixture(scope="session")
async def headers(stack: Stack) -> dict[str, str]:
    """A platform administrator within an organization: who may reach everything."""
    async with Api(stack.gateway_url) as api:
        login = {"email": stack.admin_email, "password": stack.admin_password}
        token = (await api.post("/auth/login", json=login))["access_token"]
        await api.log_in(**login)
        made = await api.post(
            "/organizations",
            json={
                "name": "Fuzzed",
                "country": "EC",
                "currency": "USD",
                "time_zone": "America/Guayaquil",
                "locale": "es_EC",
                "sandbox": True,
            },
        )
    return {"Authorization": f"Bearer {token}", "X-Organization-Id": made["id"]}


@pytest.mark.e2e
@pytest.mark.parametrize("label", sorted(OPERATIONS.keys() - UNTIL_CLOSED))
async def test_an_operation_keeps_to_its_document(
    stack: Stack, headers: dict[str, str], label: str
) -> None:
    operation = OPERATIONS[label]

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def keeps(case: Any) -> None:
        answer = case.call(base_url=stack.gateway_url, headers=headers, timeout=30)
        checks = [not_a_server_error, status_code_conformance]
        case.validate_response(answer, checks=checks, headers=headers)

    await asyncio.to_thread(keeps)


@pytest.mark.e2e
async def test_the_served_document_is_the_committed_one(stack: Stack) -> None:
    async with httpx.AsyncClient(base_url=stack.gateway_url) as client:
        served = await client.get("/openapi.json")
    assert served.json() == DOCUMENT
