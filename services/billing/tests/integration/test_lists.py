"""Lists and summaries: filters in SQL agree with the rules, pages hold, figures add up."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.invoices.rules import InvoiceStatus, bucket_of
from services.billing.tests.integration.facts import (
    TODAY,
    allocation,
    debt,
    known_customer,
    line,
    page,
)
from services.billing.tests.integration.scene import credit, issued, write_off
from shared import clock
from shared.ids import external_id, new_id
from shared.testing import Running

DUE_DAYS = (-200, -121, -120, -31, -30, -1, 0, 1, 40)
PAID_MINOR = (0, 1, 4500)


@pytest.fixture
async def portfolio(service: Running) -> dict[str, UUID]:
    """27 issued invoices of every age and settlement, a draft, a void one, and a stranger's."""
    rosa = await known_customer(service, name="Rosa Quispe")
    luis = await known_customer(service, name="Luis 100% Mora")
    line_id = new_id()
    await service.deliver(line(line_id, rosa))
    rows = [
        debt(
            at,
            customer_id=rosa if at % 2 else luis,
            line_id=line_id if at % 2 else None,
            due_on=TODAY + timedelta(days=days),
            invoice_id=external_id(service.organization.id, "invoice", f"D-{days}/{paid}"),
            external_ref=f"D-{days}/{paid}",
        )
        for at, (days, paid) in enumerate((d, p) for d in DUE_DAYS for p in PAID_MINOR)
    ]
    await service.deliver(page(*rows))
    paid = zip(rows, PAID_MINOR * len(DUE_DAYS), strict=True)
    await service.deliver(
        *(allocation(row.invoice_id, minor, 1, total_minor=4500) for row, minor in paid if minor)
    )
    await service.deliver(page(debt(2)), organization=service.other_organization.id)
    async with service.client() as client:
        item = {"description": "Extra", "unit_price": {"amount": "10"}}
        drafted = {"customer_id": str(rosa), "items": [item]}
        await client.post("/invoices", json=drafted)
        void = (await client.post("/invoices", json=drafted | {"issue": True})).json()
        await client.post(f"/invoices/{void['id']}/void", json={"reason": "Test"})
    return {"rosa": rosa, "luis": luis, "line": line_id}


async def listed(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """Every item of a list, whatever its pages."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        if cursor is not None:
            query["cursor"] = cursor
        answer = await client.get("/invoices", params=query)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return items


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("status", list(InvoiceStatus))
async def test_a_status_filter_finds_exactly_what_shows_that_status(
    client: httpx.AsyncClient, status: InvoiceStatus
) -> None:
    everything = await listed(client)

    found = await listed(client, status=status.value)

    expected = {item["id"] for item in everything if item["status"] == status}
    assert {item["id"] for item in found} == expected
    assert expected, f"the portfolio has no {status} invoice"


@pytest.mark.usefixtures("portfolio")
async def test_open_is_whatever_is_still_owed(client: httpx.AsyncClient) -> None:
    found = await listed(client, status="open")

    assert {item["status"] for item in found} == {"sent", "partial", "overdue"}
    assert all(item["open"]["amount"] != "0.00" for item in found)
    assert len(found) == len(DUE_DAYS) * 2


@pytest.mark.usefixtures("portfolio")
async def test_several_statuses_are_any_of_them(client: httpx.AsyncClient) -> None:
    found = await listed(client, status=["draft", "void"])

    assert sorted(item["status"] for item in found) == ["draft", "void"]


async def test_customer_line_number_and_dates_narrow_the_list(
    client: httpx.AsyncClient, portfolio: dict[str, UUID]
) -> None:
    lines = await listed(client, line_id=str(portfolio["line"]))
    luis = await listed(client, customer_id=str(portfolio["luis"]))
    number = await listed(client, number="INV-00000003")
    due = await listed(client, due_from="2026-11-19", due_to="2026-11-21")
    issued = await listed(client, issued_from="2026-11-20", issued_to="2026-11-20")

    assert {item["line_id"] for item in lines} == {str(portfolio["line"])}
    assert {item["customer_name"] for item in luis} == {"Luis 100% Mora"}
    assert [item["number"] for item in number] == ["INV-00000003"]
    assert {item["due_on"] for item in due} == {"2026-11-19", "2026-11-20", "2026-11-21"}
    assert {item["issued_on"] for item in issued} == {"2026-11-20"}


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize(
    ("q", "count"),
    [
        ("INV-00000003", 1),
        ("inv-00000010", 1),
        ("INV-", 0),
        ("3", 1),
        ("D--121/0", 1),
        ("quispe", 15),
        ("100%", 14),
        ("%", 14),
        ("nobody", 0),
    ],
)
async def test_q_looks_in_numbers_references_and_customers_names(
    client: httpx.AsyncClient, q: str, count: int
) -> None:
    assert len(await listed(client, q=q)) == count


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("field", ["due_on", "issued_on", "number", "total", "open", "customer"])
@pytest.mark.parametrize("sign", ["", "-"])
async def test_pages_of_any_sort_show_each_invoice_once_and_in_order(
    client: httpx.AsyncClient, field: str, sign: str
) -> None:
    paged = await listed(client, sort=sign + field, limit=4)

    whole = (await client.get("/invoices", params={"sort": sign + field, "limit": 500})).json()
    assert [item["id"] for item in paged] == [item["id"] for item in whole["items"]]
    assert len({item["id"] for item in paged}) == len(DUE_DAYS) * len(PAID_MINOR) + 2


@pytest.mark.usefixtures("portfolio")
async def test_drafts_come_before_the_newest_issue(client: httpx.AsyncClient) -> None:
    items = await listed(client)

    days = [item["issued_on"] for item in items]
    assert days[0] is None
    assert days[1:] == sorted(days[1:], reverse=True)


async def test_an_unknown_sort_is_refused_with_the_allowed_ones(client: httpx.AsyncClient) -> None:
    answer = await client.get("/invoices", params={"sort": "memo"})

    assert answer.status_code == 400
    assert answer.json()["allowed"] == [
        "customer",
        "due_on",
        "issued_on",
        "number",
        "open",
        "total",
    ]


@pytest.mark.usefixtures("portfolio")
async def test_the_summary_counts_what_the_list_shows(client: httpx.AsyncClient) -> None:
    items = await listed(client)

    summary = (await client.get("/invoices/summary")).json()

    assert summary["count"] == len(items)
    assert summary["as_of"] == TODAY.isoformat()
    for status in InvoiceStatus:
        mine = [item for item in items if item["status"] == status]
        assert summary["by_status"][status]["count"] == len(mine)
        assert summary["by_status"][status]["open"]["amount"] == amount(mine, "open")
        assert summary["by_status"][status]["total"]["amount"] == amount(mine, "total")
    owed = [item for item in items if item["open"]["amount"] != "0.00"]
    for figure in summary["ageing"]:
        bucket = [
            i for i in owed if bucket_of(date.fromisoformat(i["due_on"]), TODAY) == figure["bucket"]
        ]
        assert figure["count"] == len(bucket)
        assert figure["open"]["amount"] == amount(bucket, "open")
    assert [figure["bucket"] for figure in summary["ageing"]] == [
        "not_due",
        "1-30",
        "31-60",
        "61-90",
        "91-120",
        "120+",
    ]
    assert summary["overdue"]["amount"] == summary["by_status"]["overdue"]["open"]["amount"]


async def test_the_summary_takes_the_filters_of_the_list(
    client: httpx.AsyncClient, portfolio: dict[str, UUID]
) -> None:
    query = {"customer_id": str(portfolio["luis"]), "status": "overdue"}

    summary = (await client.get("/invoices/summary", params=query)).json()

    items = await listed(client, **query)
    assert summary["count"] == len(items) > 0
    assert summary["open"]["amount"] == amount(items, "open")


async def test_a_summary_of_nothing_is_all_zeros(client: httpx.AsyncClient) -> None:
    summary = (await client.get("/invoices/summary")).json()

    assert summary["count"] == 0
    assert summary["open"] == {"amount": "0.00", "currency": "USD"}
    assert set(summary["by_status"]) == set(InvoiceStatus)


async def test_the_status_of_an_invoice_changes_at_the_organizations_midnight(
    service: Running, noon: clock.FrozenClock
) -> None:
    await service.deliver(page(debt(2, due_on=TODAY)))

    noon.move_to(datetime(2026, 11, 21, 4, 59, 59, tzinfo=UTC))
    async with service.client() as client:
        before = await listed(client, status="overdue")
        noon.move_to(datetime(2026, 11, 21, 5, tzinfo=UTC))
        after = await listed(client, status="overdue")

    assert (len(before), len(after)) == (0, 1)
    assert after[0]["days_until_due"] == -1


@pytest.mark.usefixtures("portfolio")
async def test_pending_and_overdue_have_lists_of_their_own(client: httpx.AsyncClient) -> None:
    owed = await listed(client, status="open", limit=500)

    pending = (await client.get("/invoices/pending", params={"limit": 500})).json()["items"]
    overdue = (await client.get("/invoices/overdue", params={"limit": 500})).json()["items"]

    assert {item["status"] for item in pending} == {"sent", "partial"}
    assert {item["status"] for item in overdue} == {"overdue"}
    assert {item["id"] for item in owed} == {item["id"] for item in (*pending, *overdue)}
    assert [i["due_on"] for i in overdue] == sorted(i["due_on"] for i in overdue)
    assert await listed(client, status="pending", sort="due_on") == pending


async def test_amounts_kinds_categories_and_the_recurring_narrow_the_list(
    client: httpx.AsyncClient, service: Running, portfolio: dict[str, UUID]
) -> None:
    category = (await client.post("/categories", json={"name": "Hardware"})).json()
    item = {"description": "Modem", "unit_price": {"amount": "99.99"}}
    body = {"customer_id": str(portfolio["rosa"]), "recurring": True}
    made = await client.post(
        "/invoices", json=body | {"items": [item | {"category_id": category["id"]}]}
    )
    id_ = made.json()["id"]

    async def found(**query: Any) -> list[str]:
        return [item["id"] for item in await listed(client, **query)]

    assert await found(recurring=True) == [id_]
    assert await found(category_id=category["id"]) == [id_]
    assert await found(total_from="99.99") == [id_]
    assert await found(total_from="50", total_to="99.98") == []
    assert len(await found(total_to="45")) == len(DUE_DAYS) * len(PAID_MINOR) + 2
    assert await found(kind="late_fee") == []
    assert await found(currency="EUR") == []
    assert len(await found(kind="charge", recurring=False)) == len(DUE_DAYS) * len(PAID_MINOR) + 2
    refused = await client.get("/invoices", params={"total_from": "1.001"})
    assert refused.status_code == 422


async def test_near_due_is_by_the_invoices_own_window_or_the_terms(
    client: httpx.AsyncClient, service: Running
) -> None:
    customer_id = str(await known_customer(service))
    item = {"description": "x", "unit_price": {"amount": "1234.5"}}
    body: dict[str, Any] = {"customer_id": customer_id, "items": [item], "issue": True}

    async def near(days: int, **more: Any) -> bool:
        due_on = (TODAY + timedelta(days=days)).isoformat()
        made = await client.post("/invoices", json=body | {"due_on": due_on} | more)
        assert made.json()["total_formatted"] == "$1.234,50"
        near_due: bool = made.json()["is_near_due"]
        return near_due

    assert [await near(days) for days in (-1, 0, 3, 4)] == [False, True, True, False]
    assert await near(10, due_soon_days=10)
    assert not await near(3, due_soon_days=2)


async def test_the_summary_says_what_became_of_revenue(
    client: httpx.AsyncClient, service: Running
) -> None:
    first, second, third = [await issued(client, service) for _ in range(3)]
    await credit(client, first, amount={"amount": "40.00"})
    await service.deliver(allocation(UUID(first["id"]), 6_000, 1))
    await write_off(client, second)
    await service.deliver(allocation(UUID(second["id"]), 2_500, 1, recovered_minor=2_500))
    await client.post(f"/invoices/{third['id']}/void", json={"reason": "Test"})

    summary = (await client.get("/invoices/summary")).json()

    revenue = {name: money["amount"] for name, money in summary["revenue"].items()}
    assert revenue == {
        "invoiced": "200.00",
        "credited": "40.00",
        "collected": "85.00",
        "written_off": "100.00",
        "recovered": "25.00",
    }
    assert summary["outstanding"] == summary["open"] == {"amount": "0.00", "currency": "USD"}
    assert summary["disputed"]["amount"] == "0.00"


def amount(items: list[dict[str, Any]], member: str) -> str:
    """The sum of an amount over items."""
    cents = sum(int(item[member]["amount"].replace(".", "")) for item in items)
    return f"{cents // 100}.{cents % 100:02d}"
