"""The due clock on a real database: once per invoice, whoever races whom."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.clock import store
from services.billing.clock.rules import Kind
from services.billing.clock.timers import due_clock, sweep
from services.billing.invoices import operations
from services.billing.invoices.rules import Charge
from services.billing.tests.integration.facts import TODAY, allocation, debt, known_customer, page
from shared import clock
from shared.contracts.billing import InvoiceDueSoon, InvoiceDueToday, InvoiceOverdue
from shared.contracts.customers import OrganizationChanged
from shared.contracts.event import Event, EventData
from shared.contracts.payments import AllocationReversed
from shared.ids import new_id
from shared.testing import Running


async def owed(service: Running, *days: int) -> list[UUID]:
    """Issued invoices due so many days from today; what their import said is taken away."""
    rows = [debt(at, due_on=TODAY + timedelta(days=day)) for at, day in enumerate(days)]
    for start in range(0, len(rows), 500):
        await service.deliver(page(*rows[start : start + 500], number=start))
    await service.emitted()
    return [row.invoice_id for row in rows]


def said(events: list[Event[Any]], kind: type[EventData]) -> list[UUID]:
    """The invoices of the events of one type."""
    return [event.data.invoice_id for event in events if event.type == kind.type]


async def changed(service: Running, **changes: Any) -> None:
    """Tell the service that its organization changed."""
    organization = service.organization
    facts = OrganizationChanged(
        organization_id=organization.id,
        version=changes.pop("version", 2),
        name=organization.name,
        country="EC",
        currency="USD",
        time_zone=changes.pop("time_zone", "America/Guayaquil"),
        locale="es_EC",
        sandbox=True,
        clock_offset_seconds=changes.pop("offset", 0),
        **changes,
    )
    await service.deliver(facts)


async def test_nothing_is_said_on_the_same_day(service: Running) -> None:
    await owed(service, -3, 0, 3)

    assert await service.run_timer(due_clock) == 0
    assert await service.emitted() == []


async def test_the_day_after_its_due_date_an_open_invoice_is_overdue_once(
    service: Running, noon: clock.FrozenClock
) -> None:
    today, tomorrow, in_4_days, in_9_days = await owed(service, 0, 1, 4, 9)

    noon.advance(timedelta(days=1))
    count = await service.run_timer(due_clock)
    again = await service.run_timer(due_clock)

    events = await service.emitted()
    assert (count, again) == (3, 0)
    assert said(events, InvoiceOverdue) == [today]
    assert said(events, InvoiceDueToday) == [tomorrow]
    assert said(events, InvoiceDueSoon) == [in_4_days]
    assert in_9_days not in {event.data.invoice_id for event in events}


@pytest.mark.parametrize("line_id", [None, new_id()])
async def test_an_event_written_by_sql_says_what_the_invoice_says(
    service: Running, noon: clock.FrozenClock, line_id: UUID | None
) -> None:
    row = debt(2, due_on=TODAY, amount_minor=4500, line_id=line_id)
    await service.deliver(page(row))
    await service.deliver(allocation(row.invoice_id, 1000, 1, total_minor=4500))
    await service.emitted()

    noon.advance(timedelta(days=1))
    await service.run_timer(due_clock)

    (event,) = await service.emitted()
    assert event.data == InvoiceOverdue(
        invoice_id=row.invoice_id,
        customer_id=row.customer_id,
        line_id=line_id,
        number="INV-00000001",
        currency="USD",
        open_minor=3500,
        due_on=TODAY,
    )
    assert (event.organization, event.subject) == (service.organization.id, str(row.invoice_id))


async def test_midnight_is_the_organizations(service: Running, noon: clock.FrozenClock) -> None:
    await owed(service, 0)

    noon.move_to(datetime(2026, 11, 21, 4, 59, 59, tzinfo=UTC))
    before = await service.run_timer(due_clock)
    noon.move_to(datetime(2026, 11, 21, 5, 0, 0, tzinfo=UTC))
    after = await service.run_timer(due_clock)

    assert (before, after) == (0, 1)


async def test_settled_voided_and_drafted_invoices_are_left_alone(
    service: Running, noon: clock.FrozenClock
) -> None:
    paid, void = await owed(service, 0, 0)
    await service.deliver(allocation(paid, 4500, 1, total_minor=4500))
    async with service.client() as client:
        await client.post(f"/invoices/{void}/void", json={"reason": "Test"})
        item = {"description": "x", "unit_price": {"amount": "1"}}
        body = {"customer_id": str(await known_customer(service)), "items": [item]}
        await client.post("/invoices", json=body | {"due_on": TODAY.isoformat()})
    await service.emitted()

    noon.advance(timedelta(days=9))

    assert await service.run_timer(due_clock) == 0


async def test_a_sandbox_clock_moved_a_year_ahead_sweeps_at_once(service: Running) -> None:
    ids = await owed(service, 0, 1, 40, 364, 365, 366)

    await changed(service, offset=365 * 86_400)
    await service.run_timer(due_clock)

    events = await service.emitted()
    assert said(events, InvoiceOverdue) == ids[:4]
    assert said(events, InvoiceDueToday) == [ids[4]]
    assert said(events, InvoiceDueSoon) == [ids[5]]


async def test_another_time_zone_changes_the_next_midnight(
    service: Running, noon: clock.FrozenClock
) -> None:
    await owed(service, 0)
    await changed(service, time_zone="Pacific/Auckland")  # it is the 21st there

    assert await service.run_timer(due_clock) == 1


async def test_a_calendar_that_goes_back_repeats_nothing(
    service: Running, noon: clock.FrozenClock
) -> None:
    await owed(service, 0, 1)
    noon.advance(timedelta(days=1))
    await service.run_timer(due_clock)
    await service.emitted()

    await changed(service, time_zone="Pacific/Pago_Pago")
    noon.advance(timedelta(days=1))
    await service.run_timer(due_clock)

    events = await service.emitted()
    assert len(said(events, InvoiceOverdue)) == 1
    assert said(events, InvoiceDueToday) == []


async def test_an_inactive_organizations_clock_stands_still_and_catches_up(
    service: Running, noon: clock.FrozenClock
) -> None:
    await owed(service, 0)
    await changed(service, active=False)
    noon.advance(timedelta(days=5))
    asleep = await service.run_timer(due_clock)

    await changed(service, version=3)

    assert (asleep, await service.run_timer(due_clock)) == (0, 1)


async def test_a_sweep_in_pages_says_everything_once_and_survives_being_cut_off(
    service: Running, noon: clock.FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await owed(service, *[0] * 25, *[1] * 7)
    noon.advance(timedelta(days=1))
    real, calls = store.announce, 0

    async def cut_off(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise ConnectionError("the power failed")
        return await real(*arguments)

    monkeypatch.setattr(store, "announce", cut_off)
    with pytest.raises(ConnectionError):
        await sweep(service.db, service.organization.id, most=10)
    rest = await sweep(service.db, service.organization.id, most=10)

    events = await service.emitted()
    assert sorted(said(events, InvoiceOverdue)) == sorted(ids[:25])
    assert sorted(said(events, InvoiceDueToday)) == sorted(ids[25:])
    assert rest == 12


async def test_two_workers_racing_say_everything_once(
    service: Running, noon: clock.FrozenClock
) -> None:
    ids = await owed(service, *[0] * 300)
    noon.advance(timedelta(days=1))

    counts = await asyncio.gather(
        *(sweep(service.db, service.organization.id, most=7) for _ in range(4))
    )

    assert sum(counts) == 300
    assert Counter(said(await service.emitted(), InvoiceOverdue)) == Counter(ids)


async def test_a_sweep_waits_for_an_issue_that_has_read_the_marks_and_not_committed(
    service: Running, noon: clock.FrozenClock
) -> None:
    customer_id = await known_customer(service)
    charge = Charge("x", Decimal(1), 100, Decimal(0))
    draft = operations.Draft(customer_id, None, lambda _: [charge], TODAY, None)
    organization = service.organization
    noon.advance(timedelta(days=1))

    async with service.api_db.session(organization.id) as session:
        invoice = await operations.create(session, organization, draft, issue_it=True)
        sweeping = asyncio.create_task(sweep(service.db, organization.id))
        await asyncio.sleep(0.2)
        assert not sweeping.done()

    assert await sweeping == 1
    assert said(await service.emitted(), InvoiceOverdue) == [invoice.id]


async def test_issuing_against_the_sweep_says_everything_once(
    service: Running, noon: clock.FrozenClock
) -> None:
    """Imports and requests issue due invoices while midnight passes and two workers sweep."""
    before = await owed(service, *[0] * 40)
    customer_id = await known_customer(service)
    noon.move_to(datetime(2026, 11, 21, 5, tzinfo=UTC))
    item = {"description": "x", "unit_price": {"amount": "1"}}
    body = {"customer_id": str(customer_id), "items": [item], "due_on": "2026-11-20"}
    rows = [debt(at, due_on=TODAY) for at in range(60)]

    async def issue() -> UUID:
        async with service.client() as client:
            answer = await client.post("/invoices", json=body | {"issue": True})
        return UUID(answer.json()["id"])

    issued = [asyncio.create_task(issue()) for _ in range(30)]
    imports = [
        asyncio.create_task(service.deliver(page(*rows[at : at + 5], number=at)))
        for at in range(0, 60, 5)
    ]
    sweeps = [
        asyncio.create_task(sweep(service.db, service.organization.id, most=3)) for _ in range(2)
    ]
    ids = await asyncio.gather(*issued)
    await asyncio.gather(*imports, *sweeps)
    await sweep(service.db, service.organization.id)

    expected = [*before, *ids, *(row.invoice_id for row in rows)]
    assert Counter(said(await service.emitted(), InvoiceOverdue)) == Counter(expected)


async def test_paid_during_the_sweep_and_opened_again_each_is_announced_overdue_once(
    service: Running, noon: clock.FrozenClock
) -> None:
    ids = await owed(service, *[0] * 60)
    noon.advance(timedelta(days=1))

    await asyncio.gather(
        sweep(service.db, service.organization.id, most=5),
        *(service.deliver(allocation(id_, 4500, 1, total_minor=4500)) for id_ in ids),
    )
    await asyncio.gather(*(service.deliver(_reversed(id_)) for id_ in ids))

    overdue = said(await service.emitted(), InvoiceOverdue)
    assert Counter(overdue) == Counter(ids)


def _reversed(invoice_id: UUID) -> Any:
    return allocation(invoice_id, 0, 2, kind=AllocationReversed, total_minor=4500)


async def test_one_organizations_failing_sweep_stops_no_other(
    service: Running, noon: clock.FrozenClock
) -> None:
    await owed(service, 0)
    await service.deliver(page(debt(2, due_on=TODAY)), organization=service.other_organization.id)
    await service.emitted()
    async with service.db.transaction(None) as tx:
        await tx.execute(
            "UPDATE due_clock SET next_at = next_at - interval '1 hour', overdue_on = 'infinity'"
            " WHERE organization_id = %s",
            (service.other_organization.id,),
        )
    noon.advance(timedelta(days=1))

    with pytest.raises(ExceptionGroup):
        await service.run_timer(due_clock)

    assert len(said(await service.emitted(), InvoiceOverdue)) == 1


async def test_an_idle_tick_reads_one_index_entry_however_many_invoices(service: Running) -> None:
    async with service.db.transaction(None) as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        cursor = await tx.execute("EXPLAIN " + store.DUE.replace("%s", "now()"))
        plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())

    assert "ix_due_clock_next_at" in plan
    assert "invoice" not in plan


async def test_the_sweep_reads_the_open_index_alone(service: Running) -> None:
    async with service.db.transaction(None) as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        named = {
            "organization_id": service.organization.id,
            "start_on": TODAY,
            "start_id": UUID(int=0),
            "end_on": TODAY + timedelta(days=1),
            "end_id": UUID(int=0),
            "most": 10,
        }
        stretch = store.STRETCH.format(day="due_on", which="true")
        query = store.PAGE_END.format(day="due_on", stretch=stretch)
        cursor = await tx.execute("EXPLAIN " + query, named)
        plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())

    assert "Index Only Scan using ix_invoice_open_due_on" in plan
    assert "Filter" not in plan


async def test_windows_of_their_own_are_read_from_their_index(service: Running) -> None:
    day, which = store.ORDERS[Kind.OWN_SOON]
    async with service.db.transaction(None) as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        await tx.execute("SET LOCAL enable_bitmapscan = off")
        named = {
            "organization_id": service.organization.id,
            "start_on": TODAY,
            "start_id": UUID(int=0),
            "end_on": TODAY + timedelta(days=1),
            "end_id": UUID(int=0),
            "soon_from": TODAY + timedelta(days=1),
            "most": 10,
        }
        query = store.PAGE_END.format(day=day, stretch=store.STRETCH.format(day=day, which=which))
        cursor = await tx.execute("EXPLAIN " + query, named)
        plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())

    assert "ix_invoice_own_soon" in plan


async def test_an_invoice_with_a_window_of_its_own_is_due_soon_by_that_once(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    windows = {
        "terms": (5, None),
        "wide": (20, 10),
        "narrow": (5, 1),
        "none": (2, 0),
        "now": (9, 9),
    }
    ids, told = {}, list[Event[Any]]()
    for name, (due, own) in windows.items():
        due_on = TODAY + timedelta(days=due)
        made = await client.post(
            "/invoices",
            json={
                "customer_id": str(await known_customer(service)),
                "items": [{"description": "x", "unit_price": {"amount": "1.00"}}],
                "issue": True,
                "due_on": due_on.isoformat(),
                "due_soon_days": own,
            },
        )
        ids[UUID(made.json()["id"])] = name
    told += await service.emitted()
    on: dict[str, list[int]] = {name: [] for name in windows}
    for day in range(21):
        if day:
            noon.advance(timedelta(days=1))
            await sweep(service.db, service.organization.id, most=1)
            told = await service.emitted()
        for invoice_id in said(told, InvoiceDueSoon):
            on[ids[invoice_id]].append(day)

    assert on == {"terms": [2], "wide": [10], "narrow": [4], "none": [], "now": [0]}
