"""What billing and customers announce, in any order and however often."""

from itertools import permutations
from typing import Any

import pytest

from services.payments.service import SERVICE
from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.bus.merge import merge_table
from shared.bus.rebuild import Projection
from shared.contracts.customers import CustomerDeactivated, CustomerFacts, CustomersImported
from shared.contracts.event import EventData
from shared.ids import new_id
from shared.testing.bed import envelope


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_issued_imported_and_voided_end_alike_in_any_order(
    desk: Desk, order: tuple[int, ...]
) -> None:
    facts_ = facts.invoice_facts()
    invoice = facts.issued(**facts_)
    heard: list[EventData] = [invoice, facts.imported(facts_), facts.voided(invoice)]

    for each in order:
        await desk.running.deliver(heard[each])
    await desk.running.deliver(*(heard[each] for each in order))

    row = await desk.receivable(invoice.invoice_id)
    assert row["number"] == invoice.number
    assert (row["total_minor"], row["due_on"]) == (4500, invoice.due_on)
    assert (row["voided"], row["open_minor"], row["version"]) == (True, 0, 1)
    assert row["invoice_version"] == 3


async def test_a_page_of_a_file_becomes_receivables(desk: Desk) -> None:
    invoices = [facts.invoice_facts(number=f"INV-{each}") for each in range(500)]

    await desk.running.deliver(facts.imported(*invoices), facts.imported(*invoices[:250]))

    (found,) = await desk.rows(
        "SELECT count(*) AS rows, sum(open_minor)::int AS open FROM receivable"
    )
    assert found == {"rows": 500, "open": 500 * 4500}


async def test_facts_heard_again_leave_payments_as_they_are(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id, amount="40.00")

    await desk.running.deliver(invoice)

    row = await desk.receivable(invoice.invoice_id)
    assert (row["open_minor"], row["version"]) == (500, 2)


async def test_the_newest_state_of_a_customer_stays_whatever_came_last(desk: Desk) -> None:
    customer_id = new_id()
    newest = CustomerDeactivated(
        **facts.customer(customer_id, version=5, active=False).model_dump()
    )

    await desk.running.deliver(newest, facts.customer(customer_id, version=1))
    await desk.running.deliver(facts.customer(customer_id, version=4))

    assert await desk.rows("SELECT version, active FROM customer") == [
        {"version": 5, "active": False}
    ]


async def test_imported_customers_are_known(desk: Desk) -> None:
    page = CustomersImported(
        import_id=new_id(),
        customers=tuple(CustomerFacts(**facts.customer(new_id()).model_dump()) for _ in range(20)),
        lines=(),
    )

    await desk.running.deliver(page)

    assert len(await desk.rows("SELECT FROM customer WHERE active")) == 20


async def rebuild(desk: Desk, projection: Projection, *heard: EventData) -> int:
    """What the rebuild desk does with the log; how many rows differed."""
    async with desk.running.db.transaction(None) as tx:
        for table in projection.tables:
            await tx.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)")
        await projection.apply(tx, [envelope(each, desk.organization.id) for each in heard])
        differing = 0
        for table in projection.tables:
            columns = projection.columns.get(table)
            differing += await merge_table(tx, table, columns, delete_others=False)
            await tx.execute(f"DROP TABLE pg_temp.{table}")
    return differing


def projection(name: str) -> Projection:
    """One of the service's projections."""
    return next(each for each in SERVICE.projections if each.name == name)


async def test_a_right_projection_survives_its_rebuild_untouched(desk: Desk) -> None:
    paid, void = await desk.invoice(), await desk.invoice()
    await desk.pay(invoice_id=paid.invoice_id, amount="40.00")
    await desk.pay(invoice_id=void.invoice_id, amount="40.00")
    await desk.running.deliver(facts.voided(void))
    before = await desk.rows("SELECT * FROM receivable ORDER BY invoice_id")

    differing = await rebuild(desk, projection("receivables"), facts.voided(void), void, paid)

    assert differing == 0
    assert await desk.rows("SELECT * FROM receivable ORDER BY invoice_id") == before


async def test_a_rebuild_restores_facts_and_keeps_our_own_sums(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id, amount="40.00")
    await desk.rows("UPDATE receivable SET number = 'wrong', total_minor = 9999 RETURNING 1")

    assert await rebuild(desk, projection("receivables"), invoice) == 1

    row = await desk.receivable(invoice.invoice_id)
    assert (row["number"], row["open_minor"], row["version"]) == (invoice.number, 500, 2)


async def test_a_lost_receivable_comes_back_with_what_is_allocated_to_it(desk: Desk) -> None:
    lost, kept = await desk.invoice(), await desk.invoice()
    for invoice in (lost, kept):
        await desk.pay(invoice_id=invoice.invoice_id, amount="10.00")
        await desk.pay(invoice_id=invoice.invoice_id, amount="30.00")
    await desk.rows("DELETE FROM receivable WHERE invoice_id = %s RETURNING 1", lost.invoice_id)

    assert await rebuild(desk, projection("receivables"), lost, kept) == 1

    row = await desk.receivable(lost.invoice_id)
    assert (row["allocated_minor"], row["open_minor"], row["version"]) == (4000, 500, 3)


async def test_customers_and_organizations_can_be_rebuilt(desk: Desk) -> None:
    known: Any = facts.customer(new_id())
    await desk.running.deliver(known)
    await desk.rows("UPDATE customer SET active = false RETURNING 1")

    assert await rebuild(desk, projection("customers"), known) == 1

    assert await desk.rows("SELECT active FROM customer") == [{"active": True}]
