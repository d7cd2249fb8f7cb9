"""Statements over HTTP on a real database: what counts from when, and was known when."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.service import PROJECTIONS
from services.billing.statements import papers, store
from services.billing.tests.integration.facts import (
    NOON,
    known_customer,
    payment,
    put,
    returned,
)
from shared import clock
from shared.contracts.event import EventData
from shared.contracts.payments import PaymentChargedBack, PaymentReversed
from shared.testing import Running


async def invoiced(
    client: httpx.AsyncClient, customer_id: UUID, amount: str = "100.00", **more: Any
) -> dict[str, Any]:
    """An issued invoice."""
    item = {"description": "Fibra 300", "unit_price": {"amount": amount}}
    body = {"customer_id": str(customer_id), "items": [item], "issue": True} | more
    answer = await client.post("/invoices", json=body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def statement(client: httpx.AsyncClient, path: Any, **params: Any) -> dict[str, Any]:
    """A statement of a customer (an id) or, for a path, what is there."""
    where = path if isinstance(path, str) else f"/customers/{path}/statement"
    answer = await client.get(where, params=params)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def told(shown: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Its movements as (kind, amount, balance)."""
    rows = shown["movements"]["items"]
    return [(row["kind"], row["amount"]["amount"], row["balance"]["amount"]) for row in rows]


def figures(shown: dict[str, Any], *names: str) -> list[str]:
    """Some of its amounts."""
    return [shown[name]["amount"] for name in names or ("opening", "closing", "open", "credit")]


async def test_a_statement_of_nothing_is_zero(client: httpx.AsyncClient, service: Running) -> None:
    shown = await statement(client, await known_customer(service))

    assert figures(shown) == ["0.00"] * 4
    assert shown["movements"] == shown["invoices"] == {"items": [], "next": None}


async def test_invoices_and_payments_lead_from_opening_to_closing(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    customer_id = await known_customer(service)
    first = await invoiced(client, customer_id)
    noon.advance(timedelta(days=10))
    async with service.client() as later:
        second = await invoiced(later, customer_id, "40.00")
        paid = payment(customer_id, 11_000, received_on=date(2026, 11, 28), reference="T-1")
        await service.deliver(
            paid, put(paid, first["id"], 10_000, 1), put(paid, second["id"], 500, 1)
        )
        shown = await statement(later, customer_id, **{"from": "2026-11-25"})

    assert figures(shown) == ["100.00", "30.00", "35.00", "5.00"]
    assert told(shown) == [("payment", "-110.00", "-10.00"), ("invoice", "40.00", "30.00")]
    assert shown["movements"]["items"][0]["reference"] == "T-1"
    assert [
        (row["number"], row["paid"]["amount"], row["open"]["amount"], row["status"])
        for row in shown["invoices"]["items"]
    ] == [("INV-00000001", "100.00", "0.00", "paid"), ("INV-00000002", "5.00", "35.00", "partial")]


async def test_a_void_takes_its_invoice_back_from_its_day_on(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    customer_id = await known_customer(service)
    invoice = await invoiced(client, customer_id)
    noon.advance(timedelta(days=2))
    async with service.client() as later:
        await later.post(f"/invoices/{invoice['id']}/void", json={"reason": "a slip"})
        now = await statement(later, customer_id)
        then = await statement(later, customer_id, as_of="2026-11-21")

    assert told(now) == [("invoice", "100.00", "100.00"), ("void", "-100.00", "0.00")]
    assert now["invoices"]["items"][0]["status"] == "void"
    assert figures(then) == ["0.00", "100.00", "100.00", "0.00"]


@pytest.mark.parametrize("kind", [PaymentReversed, PaymentChargedBack])
async def test_money_that_went_away_is_owed_again_from_that_day(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock, kind: Any
) -> None:
    customer_id = await known_customer(service)
    invoice = await invoiced(client, customer_id)
    paid = payment(customer_id, 10_000)
    await service.deliver(paid, put(paid, invoice["id"], 10_000, 1))
    noon.advance(timedelta(days=5))
    back = returned(paid, 10_000, kind, returned_on=date(2026, 11, 25))
    await service.deliver(back, put(paid, invoice["id"], -10_000, 2))

    async with service.client() as later:
        now = await statement(later, customer_id)
        then = await statement(later, customer_id, as_of="2026-11-22")

    assert figures(now) == ["0.00", "100.00", "100.00", "0.00"]
    assert told(now)[-1][1:] == ("100.00", "100.00")
    assert figures(then) == ["0.00", "0.00", "0.00", "0.00"]
    assert then["invoices"]["items"][0]["status"] == "paid"


async def test_credit_put_to_use_later_counts_from_the_day_of_its_use(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    customer_id = await known_customer(service)
    paid = payment(customer_id, 3_000)
    await service.deliver(paid)
    invoice = await invoiced(client, customer_id)
    noon.advance(timedelta(days=5))
    await service.deliver(put(paid, invoice["id"], 3_000, 1))

    async with service.client() as later:
        then = await statement(later, customer_id, as_of="2026-11-22")
        now = await statement(later, customer_id)

    assert figures(then) == ["0.00", "70.00", "100.00", "30.00"]
    assert figures(now) == ["0.00", "70.00", "70.00", "0.00"]


async def test_what_was_recorded_late_is_not_in_what_was_known_then(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    customer_id = await known_customer(service)
    await invoiced(client, customer_id)
    noon.advance(timedelta(days=30))
    await service.deliver(payment(customer_id, 10_000, received_on=date(2026, 11, 21)))

    async with service.client() as later:
        said_then = await statement(
            later, customer_id, as_of="2026-11-22", as_known_at="2026-11-22T23:59:59Z"
        )
        known_now = await statement(later, customer_id, as_of="2026-11-22")

    assert figures(said_then, "closing") == ["100.00"]
    assert figures(known_now, "closing") == ["0.00"]


async def test_credit_notes_write_offs_and_recoveries_are_movements(
    client: httpx.AsyncClient, service: Running
) -> None:
    customer_id = await known_customer(service)
    invoice = await invoiced(client, customer_id)
    await adjusted(service, customer_id, invoice["id"], credited=2_000, given_up=8_000)
    paid = payment(customer_id, 3_000)
    await service.deliver(paid, put(paid, invoice["id"], 3_000, 1))

    shown = await statement(client, customer_id)

    assert told(shown) == [
        ("invoice", "100.00", "100.00"),
        ("credit_note", "-20.00", "80.00"),
        ("write_off", "-80.00", "0.00"),
        ("recovery", "30.00", "30.00"),
        ("payment", "-30.00", "0.00"),
    ]
    assert figures(shown) == ["0.00"] * 4
    (row,) = shown["invoices"]["items"]
    assert (row["written_off"]["amount"], row["paid"]["amount"]) == ("50.00", "30.00")


async def adjusted(
    service: Running, customer_id: UUID, invoice_id: Any, *, credited: int, given_up: int
) -> None:
    """A credit note and a write-off of today, as their tables have them."""
    names = {
        "organization_id": service.organization.id,
        "customer_id": customer_id,
        "invoice_id": invoice_id,
        "credited": credited,
        "given_up": given_up,
        "at": clock.now(),
    }
    async with service.db.transaction(None) as tx:
        await tx.execute(
            "INSERT INTO credit_note (id, organization_id, customer_id, invoice_id, series,"
            " sequence, number, currency, net_minor, tax_minor, total_minor, settlement, reason,"
            " issued_on, issued_at, issued_by) SELECT gen_random_uuid(), %(organization_id)s,"
            " %(customer_id)s, %(invoice_id)s, 'CN', 1, 'CN-00000001', 'USD', %(credited)s, 0,"
            " %(credited)s, 'credit', 'x', %(at)s::date, %(at)s, 'test'",
            names,
        )
        await tx.execute(
            "INSERT INTO write_off (id, organization_id, customer_id, invoice_id, currency,"
            " amount_minor, before_minor, reason, written_off_on, written_off_at, written_off_by)"
            " SELECT gen_random_uuid(), %(organization_id)s, %(customer_id)s, %(invoice_id)s,"
            " 'USD', %(given_up)s, 0, 'x', %(at)s::date, %(at)s, 'test'",
            names,
        )


async def test_the_pages_of_a_list_are_the_whole_list_with_one_running_balance(
    client: httpx.AsyncClient, service: Running
) -> None:
    customer_id = await known_customer(service)
    for _ in range(7):
        await invoiced(client, customer_id)
    await service.deliver(*(payment(customer_id, 1_000 + at) for at in range(5)))
    whole = await statement(client, customer_id)

    for name, path in (("movements", "/movements"), ("invoices", "/invoices")):
        first = await statement(client, customer_id, limit=3)
        rows, following = first[name]["items"], first[name]["next"]
        await service.deliver(payment(customer_id, 9_999))  # recorded now, but not known then
        while following is not None:
            where = f"/customers/{customer_id}/statement{path}"
            page = await statement(client, where, limit=3, cursor=following)
            rows, following = rows + page["items"], page["next"]
        kept = [row for row in rows if row.get("amount", {}).get("amount") != "-99.99"]
        assert [row.get("id", row.get("payment_id")) for row in kept] == [
            row.get("id", row.get("payment_id")) for row in whole[name]["items"]
        ]
        assert rows[0]["recorded_at"] if name == "movements" else rows


async def test_an_organizations_statement_adds_up_its_customers(
    client: httpx.AsyncClient, service: Running
) -> None:
    ids = [await known_customer(service, name=name) for name in ("Ana", "Bea", "Carla")]
    for at, customer_id in enumerate(ids, start=1):
        await invoiced(client, customer_id, f"{at}0.00")
        await service.deliver(payment(customer_id, at * 100))
    async with service.client(organization=service.other_organization) as other:
        elsewhere = await known_customer(service, organization=service.other_organization.id)
        await invoiced(other, elsewhere)

    shown = await statement(client, "/statement")
    first = await statement(client, "/statement", limit=2)
    rest = await statement(client, "/statement/customers", cursor=first["customers"]["next"])

    assert figures(shown) == ["0.00", "54.00", "60.00", "6.00"]
    assert (shown["movement_count"], shown["invoice_count"], shown["customer_count"]) == (6, 3, 3)
    assert [(each["kind"], each["count"]) for each in shown["kinds"]] == [
        ("invoice", 3),
        ("payment", 3),
    ]
    totals = first["customers"]["items"] + rest["items"]
    assert totals == shown["customers"]["items"]
    assert [(row["name"], row["closing"]["amount"]) for row in totals] == [
        ("Ana", "9.00"),
        ("Bea", "18.00"),
        ("Carla", "27.00"),
    ]


async def test_csv_has_every_movement_between_opening_and_closing(
    client: httpx.AsyncClient, service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "AT_ONCE", 4)
    customer_id = await known_customer(service)
    for _ in range(9):
        await invoiced(client, customer_id, "10.00")
    await service.deliver(payment(customer_id, 500, reference='=HYPERLINK("x")'))

    answer = await client.get(f"/customers/{customer_id}/statement", headers={"Accept": "text/csv"})
    listed = await client.get("/statement/invoices", params={"format": "csv"})

    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["kind"] for row in rows] == ["opening", *["invoice"] * 9, "payment", "closing"]
    assert rows[-1]["balance"] == "85.00"
    assert rows[-2]["reference"].startswith("'=")
    assert len(listed.text.strip().splitlines()) == 10


async def test_a_paper_has_every_row_or_says_that_it_is_too_long(
    client: httpx.AsyncClient, service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_id = await known_customer(service, language="en")
    for _ in range(3):
        await invoiced(client, customer_id)

    fine = await client.get("/statement", headers={"Accept": "application/pdf"})
    monkeypatch.setattr(papers, "MOST_PRINTED", 5)
    long = await client.get(f"/customers/{customer_id}/statement", params={"format": "pdf"})

    assert fine.headers["content-type"] == "application/pdf"
    assert fine.content.startswith(b"%PDF")
    assert long.status_code == 422
    assert long.json()["type"].endswith("/statement-too-long")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"from": "2026-12-01", "to": "2026-11-01"}, 422),
        ({"from": "2027-12-01"}, 422),
        ({"as_known_at": "2026-11-01T00:00:00"}, 422),
        ({"currency": "XXX"}, 200),
        ({"currency": "ZZZ"}, 422),
        ({"format": "xml"}, 422),
        ({"from": "0001-01-01", "to": "9999-12-31"}, 200),
    ],
)
async def test_bounds_that_make_no_sense_are_refused(
    client: httpx.AsyncClient, service: Running, params: dict[str, str], status: int
) -> None:
    customer_id = await known_customer(service)

    answer = await client.get(f"/customers/{customer_id}/statement", params=params)

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("cursor", ["x", "e30", "WyJtIl0", "WyJpIiwiMjAyNi0xMS0yMCIsIngiLCJ5Il0"])
async def test_a_cursor_that_is_none_of_ours_is_refused(
    client: httpx.AsyncClient, cursor: str
) -> None:
    for name in ("movements", "invoices", "customers"):
        answer = await client.get(f"/statement/{name}", params={"cursor": cursor})
        assert answer.status_code == 400, answer.text


async def test_a_customer_of_another_organization_has_no_statement(
    service: Running, client: httpx.AsyncClient
) -> None:
    customer_id = await known_customer(service, organization=service.other_organization.id)

    assert (await client.get(f"/customers/{customer_id}/statement")).status_code == 404


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
async def test_money_is_projected_the_same_in_any_order_and_repetition(
    service: Running, client: httpx.AsyncClient, order: Sequence[int]
) -> None:
    customer_id = await known_customer(service)
    invoice = await invoiced(client, customer_id)
    paid = payment(customer_id, 10_000)
    facts: list[EventData] = [
        paid,
        put(paid, invoice["id"], 10_000, 1),
        returned(paid, 4_000),
        put(paid, invoice["id"], -4_000, 2),
    ]

    await service.deliver(*(facts[at] for at in order))
    await service.deliver(*facts)

    shown = await statement(client, customer_id)
    assert figures(shown) == ["0.00", "40.00", "40.00", "0.00"]
    (projection,) = (each for each in PROJECTIONS if each.name == "money")
    assert {type(fact) for fact in facts} <= set(projection.types)


async def test_the_calendar_of_what_is_recorded_is_the_organizations(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    customer_id = await known_customer(service)
    paid = payment(customer_id, 3_000)
    await service.deliver(paid)
    invoice = await invoiced(client, customer_id)
    noon.move_to(datetime(2026, 11, 21, 3, tzinfo=UTC))  # still the 20th in Guayaquil
    await service.deliver(put(paid, invoice["id"], 3_000, 1))

    shown = await statement(client, customer_id, as_of=NOON.date().isoformat())

    assert figures(shown, "open") == ["70.00"]
