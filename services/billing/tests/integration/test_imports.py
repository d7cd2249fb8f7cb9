"""Pages of debt rows become issued invoices, once, with one answer per page."""

from datetime import date, timedelta
from typing import Any

import httpx

from services.billing.tests.integration.facts import TODAY, allocation, debt, page
from shared.contracts.billing import (
    DebtRowsApplied,
    InvoiceDueSoon,
    InvoiceDueToday,
    InvoiceOverdue,
    InvoicesImported,
)
from shared.contracts.event import Event
from shared.ids import new_id
from shared.testing import Running


def of(events: list[Event[Any]], kind: type) -> list[Any]:
    """The data of the events of one type."""
    return [event.data for event in events if isinstance(event.data, kind)]


async def test_a_page_becomes_issued_invoices_in_one_fact_and_one_answer(
    client: httpx.AsyncClient, service: Running
) -> None:
    rows = [debt(2), debt(3, issued_on=date(2026, 10, 1)), debt(4)]
    sent = page(*rows, number=7)

    await service.deliver(sent)

    imported, answer = await service.emitted()
    assert isinstance(imported.data, InvoicesImported)
    assert [facts.invoice_id for facts in imported.data.invoices] == [r.invoice_id for r in rows]
    assert [facts.number for facts in imported.data.invoices] == [
        "INV-00000001",
        "INV-00000002",
        "INV-00000003",
    ]
    assert [facts.issued_on for facts in imported.data.invoices] == [
        TODAY,
        date(2026, 10, 1),
        TODAY,
    ]
    assert answer.data == DebtRowsApplied(
        import_id=sent.import_id, page=7, created=3, unchanged=0, refused=()
    )
    assert imported.causationid == answer.causationid is not None
    shown = (await client.get(f"/invoices/{rows[0].invoice_id}")).json()
    assert (shown["status"], shown["total"]["amount"]) == ("sent", "45.00")
    assert shown["external_ref"] == "D-2"
    (item,) = shown["items"]
    assert (item["description"], item["category_name"]) == ("Balance", "Services")


async def test_the_same_page_again_changes_nothing_and_is_answered(service: Running) -> None:
    sent = page(debt(2), debt(3))
    await service.deliver(sent)
    await service.emitted()

    await service.deliver(sent)

    (answer,) = await service.emitted()
    assert (answer.data.created, answer.data.unchanged) == (0, 2)


async def test_a_repeated_delivery_is_not_answered_again(service: Running) -> None:
    sent, event_id = page(debt(2)), new_id()
    await service.deliver(sent, ids=[event_id])
    await service.emitted()

    await service.deliver(*[sent] * 3, ids=[event_id] * 3)

    assert await service.emitted() == []


async def test_a_row_that_contradicts_the_record_is_refused_and_the_record_stays(
    client: httpx.AsyncClient, service: Running
) -> None:
    first = debt(2, due_on=TODAY + timedelta(days=3))
    await service.deliver(page(first))
    await service.emitted()

    changed = first.model_copy(update={"amount_minor": 9_900})
    moved = first.model_copy(update={"due_on": TODAY + timedelta(days=4), "row": 3})
    await service.deliver(page(changed, moved, debt(4)))

    imported, answer = await service.emitted()
    assert len(imported.data.invoices) == 1
    assert [(r.row, r.column) for r in answer.data.refused] == [(2, "amount"), (3, "due_on")]
    assert "45.00 USD" in answer.data.refused[0].message
    shown = (await client.get(f"/invoices/{first.invoice_id}")).json()
    assert shown["total"]["amount"] == "45.00"


async def test_a_paid_debt_sent_again_is_unchanged(service: Running) -> None:
    row = debt(2)
    await service.deliver(page(row))
    await service.deliver(allocation(row.invoice_id, 4500, 1, total_minor=4500))
    await service.emitted()

    await service.deliver(page(row))

    (answer,) = await service.emitted()
    assert answer.data.unchanged == 1


async def test_what_is_due_soon_today_or_overdue_already_is_announced_by_the_import(
    service: Running,
) -> None:
    rows = {
        days: debt(at, due_on=TODAY + timedelta(days=days)) for at, days in enumerate((-9, 0, 3, 4))
    }

    await service.deliver(page(*rows.values()))

    events = await service.emitted()
    assert [d.invoice_id for d in of(events, InvoiceOverdue)] == [rows[-9].invoice_id]
    assert [d.invoice_id for d in of(events, InvoiceDueToday)] == [rows[0].invoice_id]
    assert [d.invoice_id for d in of(events, InvoiceDueSoon)] == [rows[3].invoice_id]
    (imported,) = of(events, InvoicesImported)
    assert [f.issued_on for f in imported.invoices] == [TODAY - timedelta(days=9), *[TODAY] * 3]


async def test_many_pages_in_one_batch_are_numbered_without_a_gap_and_each_answered(
    service: Running,
) -> None:
    pages = [page(*(debt(at) for at in range(40)), number=number) for number in range(1, 46)]

    result = await service.deliver(*pages)

    assert result.applied == 45
    events = await service.emitted()
    assert sorted(d.page for d in of(events, DebtRowsApplied)) == list(range(1, 46))
    numbers = [f.number for d in of(events, InvoicesImported) for f in d.invoices]
    assert numbers == [f"INV-{at:08d}" for at in range(1, 45 * 40 + 1)]


async def test_organizations_in_one_batch_count_apart(service: Running) -> None:
    await service.deliver(page(debt(2), debt(3)), organization=service.other_organization.id)
    await service.emitted()

    await service.deliver(page(debt(2)))

    (imported, _) = await service.emitted()
    assert [f.number for f in imported.data.invoices] == ["INV-00000001"]
    assert imported.organization == service.organization.id


async def test_a_page_in_another_currency_is_refused_row_by_row(service: Running) -> None:
    await service.deliver(page(debt(2), debt(3)).model_copy(update={"currency": "EUR"}))

    (answer,) = await service.emitted()
    assert [r.row for r in answer.data.refused] == [2, 3]
    assert answer.data.created == 0


async def test_an_organization_not_heard_of_yet_is_waited_for(service: Running) -> None:
    result = await service.deliver(page(debt(2)), organization=new_id())

    assert [failure.outcome for failure in result.failures] == ["later"]


async def test_a_due_date_before_the_calendar_of_the_organization_began_is_fine(
    service: Running,
) -> None:
    await service.deliver(page(debt(2, due_on=date(1999, 1, 1))))

    assert len(of(await service.emitted(), InvoiceOverdue)) == 1
