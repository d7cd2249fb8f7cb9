"""A customer without a line, a school's pupil, from overdue to a collector and back to nothing."""

from datetime import timedelta
from typing import Any, Final

import pytest

from shared.contracts.billing import (
    InvoiceDueSoon,
    InvoiceDueToday,
    InvoiceIssued,
    InvoiceOverdue,
    InvoiceSettled,
)
from shared.contracts.collections import (
    CaseCured,
    CaseOpened,
    CaseStageReached,
    LateFeeOrdered,
    ReminderCreated,
)
from shared.contracts.customers import OrganizationChanged
from shared.contracts.payments import AllocationMade, PaymentReceived
from shared.ids import new_id
from tests.flow.story import pay, today
from tests.flow.test_year import FEE
from tests.flow.world import World

LADDER: Final[dict[str, Any]] = {
    "name": "A school's",
    "document": {
        "stages": [
            {"code": "soon", "kind": "remind", "day": -3},
            {"code": "late", "kind": "remind", "day": 2},
            {"code": "warn", "kind": "warn", "day": 4},
            {"code": "cut", "kind": "suspend", "day": 7},
            {"code": "fee", "kind": "late_fee", "day": 9, "rule": "late"},
            {"code": "desk", "kind": "assign", "day": 12},
        ]
    },
}


@pytest.mark.timeout(400)
async def test_a_pupil_is_reminded_warned_charged_handed_over_and_cured(world: World) -> None:
    await world.call("billing", "POST", "/late-fee-rules", status=201, json=FEE)
    made = await world.call("collections", "POST", "/collections/policies", status=201, json=LADDER)
    await world.call("collections", "POST", f"/collections/policies/{made['id']}/publish")
    rosa = await world.call(
        "collections",
        "POST",
        "/collections/collectors",
        status=201,
        json={"user_id": str(new_id()), "name": "Rosa", "capacity": 1},
    )
    pupil = await world.call("customers", "POST", "/customers", status=201, json={"name": "Eva"})
    await world.calm()
    owed = await world.call(
        "billing",
        "POST",
        "/invoices",
        status=201,
        json={
            "customer_id": pupil["id"],
            "due_on": (await today(world) + timedelta(days=10)).isoformat(),
            "items": [
                {
                    "description": "School fee",
                    "quantity": "1",
                    "unit_price": {"amount": "120.00", "currency": "USD"},
                }
            ],
            "issue": True,
        },
    )
    await world.tick()
    await world.settle()

    await world.advance(7, expect=[OrganizationChanged, InvoiceDueSoon, ReminderCreated])
    await world.advance(3, expect=[OrganizationChanged, InvoiceDueToday])
    await world.advance(1, expect=[OrganizationChanged, InvoiceOverdue, CaseOpened])
    await world.advance(1, expect=[OrganizationChanged, ReminderCreated])
    await world.advance(2, expect=[OrganizationChanged, CaseStageReached])
    await world.advance(4, expect=[OrganizationChanged])
    await world.advance(
        1, expect=[OrganizationChanged, CaseStageReached, LateFeeOrdered, InvoiceIssued]
    )
    await world.advance(3, expect=[OrganizationChanged, CaseStageReached])

    (case,) = (await world.call("collections", "GET", "/collections/cases"))["items"]
    assert (case["customer_id"], case["line_id"]) == (pupil["id"], None)
    assert (case["status"], case["collector_id"]) == ("assigned", rosa["id"])
    why = await world.call("collections", "GET", f"/customers/{pupil['id']}/why?lang=en")
    assert [each["code"] for each in why["reached"]] == ["warn", "fee", "desk"]
    assert (why["following"], why["case_id"]) == ([], case["id"])

    await pay(world, owed["id"], "120.00")
    await world.settle(expect=[PaymentReceived, AllocationMade, InvoiceSettled, CaseCured])
    await world.advance(1, expect=[OrganizationChanged])
    assert await world.broken_promises() == []
    assert await world.dead_letters() == []
