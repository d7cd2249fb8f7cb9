"""Write-offs over HTTP on a real database: given up, recovered, and what is refused."""

import asyncio
from typing import Any

import httpx

from services.billing.tests.integration.facts import TODAY, allocation
from services.billing.tests.integration.scene import broken, issued, shown, write_off
from shared.auth import Role
from shared.contracts.billing import InvoiceSettled, InvoiceWrittenOff
from shared.contracts.payments import AllocationReversed
from shared.testing import Running


async def listed(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    """Write-offs as the API lists them."""
    items: list[dict[str, Any]] = (await client.get("/write-offs", params=query)).json()["items"]
    return items


async def test_all_that_is_open_is_given_up(client: httpx.AsyncClient, service: Running) -> None:
    invoice = await issued(client, service)
    await service.deliver(allocation(invoice["id"], 2_500, 1))

    answer = await write_off(client, invoice)

    assert answer.status_code == 201, answer.text
    assert answer.json()["amount"]["amount"] == "75.00"
    after = await shown(client, invoice)
    assert (after["settlement"], after["open"]["amount"]) == ("written_off", "0.00")
    assert (after["written_off"]["amount"], after["settled_on"]) == ("75.00", TODAY.isoformat())
    written, settled = await service.emitted()
    assert isinstance(written.data, InvoiceWrittenOff)
    assert isinstance(settled.data, InvoiceSettled)
    assert (written.data.written_off_minor, written.data.number) == (7_500, None)
    assert written.data.version == after["version"]


async def test_what_comes_later_is_recovered_of_the_first_write_off_first(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)
    first = (await write_off(client, invoice, amount={"amount": "30.00"})).json()
    second = (await write_off(client, invoice)).json()

    await service.deliver(allocation(invoice["id"], 4_500, 1, recovered_minor=4_500))

    after = await shown(client, invoice)
    assert (after["recovered"]["amount"], after["settlement"]) == ("45.00", "written_off")
    recovered = {each["id"]: each["recovered"]["amount"] for each in await listed(client)}
    assert recovered == {first["id"]: "30.00", second["id"]: "15.00"}
    await service.deliver(allocation(invoice["id"], 10_000, 2, recovered_minor=10_000))
    assert (await shown(client, invoice))["settlement"] == "paid"
    assert await broken(service) == []


async def test_a_payment_taken_back_leaves_the_debt_written_off(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)
    await write_off(client, invoice)
    await service.deliver(allocation(invoice["id"], 10_000, 1, recovered_minor=10_000))

    await service.deliver(allocation(invoice["id"], 0, 2, kind=AllocationReversed))

    after = await shown(client, invoice)
    assert (after["settlement"], after["open"]["amount"]) == ("written_off", "0.00")
    settled = [e for e in await service.emitted() if isinstance(e.data, InvoiceSettled)]
    assert len(settled) == 1


async def test_no_more_than_is_open_is_given_up(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)

    more = await write_off(client, invoice, amount={"amount": "100.01"})
    zero = await write_off(client, invoice, amount={"amount": "0"})
    await write_off(client, invoice)
    again = await write_off(client, invoice)
    voided = await client.post(f"/invoices/{invoice['id']}/void", json={"reason": "x"})

    assert [answer.status_code for answer in (more, zero, again, voided)] == [409] * 4
    assert more.json()["open"] == "100.00 USD"
    assert again.json()["type"].endswith("/nothing-open")
    assert voided.json()["written_off"] == "100.00 USD"


async def test_only_an_administrator_gives_up_money(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)

    async with service.client(Role.CLERK) as clerk:
        refused = await write_off(clerk, invoice)
        seen = await clerk.get("/write-offs")
    async with service.client(organization=service.other_organization) as stranger:
        unknown = await write_off(stranger, invoice)

    assert (refused.status_code, unknown.status_code) == (403, 404)
    assert seen.status_code == 200


async def test_the_list_is_filtered_by_customer_invoice_and_dates(
    client: httpx.AsyncClient, service: Running
) -> None:
    one, two = await issued(client, service), await issued(client, service)
    first = (await write_off(client, one)).json()
    second = (await write_off(client, two, amount={"amount": "1"})).json()

    assert [w["id"] for w in await listed(client)] == [second["id"], first["id"]]
    assert [w["id"] for w in await listed(client, invoice_id=one["id"])] == [first["id"]]
    assert [w["id"] for w in await listed(client, customer_id=two["customer_id"])] == [second["id"]]
    assert await listed(client, written_off_from="2026-11-21") == []
    assert (await client.get(f"/write-offs/{first['id']}")).json() == first


async def test_of_many_write_offs_at_once_no_cent_is_given_up_twice(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)

    answers = await asyncio.gather(
        *(write_off(client, invoice, amount={"amount": "40.00"}) for _ in range(8)),
        *(service.deliver(allocation(invoice["id"], 1_000, 1)) for _ in range(2)),
    )

    codes = sorted(a.status_code for a in answers if isinstance(a, httpx.Response))
    assert codes == [201] * 2 + [409] * 6
    assert (await shown(client, invoice))["open"]["amount"] == "10.00"
    assert await broken(service) == []
