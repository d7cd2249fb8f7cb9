"""What the database itself keeps: organizations apart, history unchanged, sums right."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
import pytest

from services.payments.service import SERVICE
from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.auth import Role
from shared.db import Connection
from shared.ids import new_id

OWN_TABLES = (
    "customer",
    "receivable",
    "payment",
    "allocation",
    "account_credit",
    "credit_movement",
    "journal_entry",
)


@asynccontextmanager
async def api_transaction(desk: Desk, organization_id: UUID | None) -> AsyncIterator[Connection]:
    """A transaction with the rights of the api role."""
    async with desk.running.api_db.transaction(organization_id) as tx:
        yield tx


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """A desk with a row in every table."""
    invoice = await desk.invoice()
    await desk.running.deliver(facts.customer(invoice.customer_id))
    await desk.pay(invoice_id=invoice.invoice_id, amount="50.00", surplus="credit")
    return desk


@pytest.mark.parametrize("table", OWN_TABLES)
async def test_no_row_is_seen_without_its_organization(busy: Desk, table: str) -> None:
    seen = {}
    for scope in (busy.organization.id, busy.running.other_organization.id, None):
        async with api_transaction(busy, scope) as tx:
            cursor = await tx.execute(f"SELECT count(*) AS rows FROM {table}".encode())
            row = await cursor.fetchone()
            assert row is not None
            seen[scope] = row["rows"]

    assert seen[busy.organization.id] > 0
    assert seen[busy.running.other_organization.id] == seen[None] == 0


async def test_another_organization_reads_nothing_over_http(busy: Desk) -> None:
    other = busy.running.other_organization
    payment = (await busy.get("/payments")).json()["items"][0]

    for path in ("/payments", "/receivables", "/credits"):
        assert (await busy.get(path, other)).json()["items"] == []
    movements = await busy.get("/credits/movements", other, customer_id=payment["customer_id"])
    assert movements.json()["items"] == []
    assert (await busy.get(f"/payments/{payment['id']}", other)).status_code == 404
    invoice_id = payment["allocations"][0]["invoice_id"]
    assert (await busy.get(f"/receivables/{invoice_id}", other)).status_code == 404


@pytest.mark.parametrize("table", ["payment", "allocation", "credit_movement", "journal_entry"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET amount_minor = 1"])
async def test_what_happened_cannot_be_changed(busy: Desk, table: str, change: str) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        await busy.rows(change.format(table))


async def test_the_database_refuses_to_overpay_a_receivable(desk: Desk) -> None:
    await desk.invoice()

    with pytest.raises(psycopg.errors.CheckViolation):
        await desk.rows("UPDATE receivable SET allocated_minor = total_minor + 1")


async def test_nobody_writes_what_is_open(desk: Desk) -> None:
    await desk.invoice()

    with pytest.raises(psycopg.errors.GeneratedAlways):
        await desk.rows("UPDATE receivable SET open_minor = 0")


async def test_books_and_invariants_are_served_to_the_platform(busy: Desk) -> None:
    async with busy.running.client(Role.PLATFORM_ADMIN) as client:
        for book in SERVICE.books:
            answer = await client.get(f"/admin/books/{book.name}")
            assert answer.status_code == 200
            assert len(answer.text.splitlines()) >= 1
        answer = await client.get("/admin/invariants")

    assert answer.status_code == 200
    assert busy.running.organization.id


@pytest.mark.parametrize(
    ("corruption", "broken"),
    [
        ("UPDATE receivable SET allocated_minor = 100", "allocated amount and version"),
        ("UPDATE receivable SET version = 9", "allocated amount and version"),
        ("UPDATE receivable SET voided = true", "void one not at all"),
        ("UPDATE account_credit SET balance_minor = 1", "sum of its movements"),
        ("DELETE FROM account_credit", "sum of its movements"),
        ("DELETE FROM receivable", "allocated amount and version"),
        (
            "INSERT INTO journal_entry (organization_id, posting_id, account, amount_minor,"
            " currency, customer_id, payment_id, booked_on, recorded_at)"
            " SELECT organization_id, posting_id, 'credit', 1, currency, customer_id,"
            " payment_id, booked_on, recorded_at FROM journal_entry LIMIT 1",
            "journal balances",
        ),
        (
            "INSERT INTO allocation (id, organization_id, payment_id, invoice_id, amount_minor,"
            " made_at) SELECT gen_random_uuid(), organization_id, payment_id, invoice_id, 1,"
            " made_at FROM allocation",
            "last minor unit",
        ),
        ("UPDATE receivable SET customer_id = gen_random_uuid()", "with its customer"),
    ],
)
async def test_a_corrupted_row_is_named_by_an_invariant(
    busy: Desk, corruption: str, broken: str
) -> None:
    async with busy.running.db.transaction(None) as tx:
        await tx.execute(corruption.encode())
        found = [
            each.name
            for each in SERVICE.invariants
            if await (await tx.execute(each.sql.encode())).fetchall()
        ]
        await tx.rollback()

    assert any(broken in name for name in found), found


async def test_a_platform_admin_without_an_organization_takes_no_money(desk: Desk) -> None:
    async with desk.running.client(Role.PLATFORM_ADMIN) as client:
        del client.headers["X-Organization-Id"]
        answer = await client.post(
            "/payments",
            json={"invoice_id": str(new_id()), "amount": {"amount": "1"}, "method": "cash"},
            headers={"Idempotency-Key": "k"},
        )

    assert answer.status_code == 403
