"""What billing knows of customers and lines: the newest state, whatever the order of facts."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.billing.service import PROJECTIONS
from services.billing.tests.integration.facts import customer, line
from shared.contracts.customers import (
    CustomerDeactivated,
    CustomerRegistered,
    CustomersImported,
    CustomerUpdated,
    LineCancelled,
    LineRegistered,
    LineStatus,
    LineSuspended,
)
from shared.ids import new_id
from shared.testing import Running


async def rows(service: Running, table: str) -> list[dict[str, Any]]:
    """Everything in a table."""
    async with service.db.transaction(None) as tx:
        return await (await tx.execute(f"SELECT * FROM {table}")).fetchall()


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
async def test_customers_keep_their_newest_state_in_any_order(
    service: Running, order: Sequence[int], together: bool
) -> None:
    customer_id = new_id()
    facts = [
        customer(customer_id, CustomerRegistered, version=1, name="Rosa"),
        customer(customer_id, CustomerUpdated, version=2, name="Rosa Q."),
        customer(customer_id, CustomerDeactivated, version=3, name="Rosa Q.", active=False),
    ]

    ordered = [facts[at] for at in order]
    for batch in [ordered] if together else [[fact] for fact in ordered]:
        await service.deliver(*batch)

    (row,) = await rows(service, "customer")
    assert (row["version"], row["name"], row["active"]) == (3, "Rosa Q.", False)
    assert row["organization_id"] == service.organization.id


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_lines_keep_their_newest_state_in_any_order(
    service: Running, order: Sequence[int]
) -> None:
    line_id, customer_id = new_id(), new_id()
    facts = [
        line(line_id, customer_id, LineRegistered, version=1, status=LineStatus.NOT_INSTALLED),
        line(line_id, customer_id, LineSuspended, version=2, status=LineStatus.SUSPENDED),
        line(line_id, customer_id, LineCancelled, version=3, status=LineStatus.CANCELLED),
    ]

    for at in order:
        await service.deliver(facts[at])

    (row,) = await rows(service, "line")
    assert (row["version"], row["status"]) == (3, "cancelled")


async def test_an_imported_page_says_what_single_facts_would_have_said(service: Running) -> None:
    ids = [new_id() for _ in range(500)]
    sent = CustomersImported(
        import_id=new_id(),
        customers=tuple(customer(id_, version=2) for id_ in ids),
        lines=tuple(line(new_id(), id_, version=2) for id_ in ids),
    )

    await service.deliver(
        customer(ids[0], version=1, name="Old"), sent, customer(ids[1], version=1)
    )

    customers, lines = await rows(service, "customer"), await rows(service, "line")
    assert {row["id"] for row in customers} == set(ids)
    assert {row["name"] for row in customers} == {"Rosa Quispe"}
    assert {row["customer_id"] for row in lines} == set(ids)


async def test_a_projection_filled_again_from_its_facts_is_the_same(service: Running) -> None:
    customer_id: UUID = new_id()
    facts = [customer(customer_id), line(new_id(), customer_id)]
    await service.deliver(*facts)
    before = await rows(service, "customer"), await rows(service, "line")

    (projection,) = (each for each in PROJECTIONS if each.name == "customers-and-lines")
    async with service.db.transaction(None) as tx:
        for table in projection.tables:
            await tx.execute(f"DELETE FROM {table}")
    await service.deliver(*facts)

    assert (await rows(service, "customer"), await rows(service, "line")) == before
    assert {type(fact) for fact in facts} <= set(projection.types)


async def test_row_level_security_hides_everything_from_a_scope_of_nobody(
    service: Running,
) -> None:
    await service.deliver(customer(new_id()))

    tables = ("customer", "line", "invoice", "invoice_item", "invoice_series", "due_clock")
    async with service.api_db.transaction(None) as tx:
        counts = [
            (await (await tx.execute(f"SELECT count(*) AS n FROM {t}")).fetchone() or {})["n"]
            for t in tables
        ]

    assert counts == [0] * len(tables)
