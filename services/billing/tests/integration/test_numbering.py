"""Numbers without a gap and without a repeat, whoever asks for them at once."""

import asyncio
import random
from datetime import date
from decimal import Decimal
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.credit_notes.operations import Wanted, credit
from services.billing.invoices import operations
from services.billing.invoices.rules import Charge
from services.billing.numbering import store
from services.billing.tests.integration.facts import debt, known_customer, page
from services.billing.tests.integration.scene import broken, issued
from shared.contracts.billing import (
    CreditSettlement,
    DebtRowsApplied,
    InvoiceIssued,
    InvoicesImported,
)
from shared.db import raw
from shared.testing import Running

# As many as the pool has, so that nobody waits for one longer than the pool allows.
CONNECTIONS = asyncio.Semaphore(36)


class ChangedHisMind(Exception):
    """Rolls an issue back after it got its number."""


async def drafts(service: Running, count: int) -> list[UUID]:
    """Drafts of one customer."""
    customer_id = await known_customer(service)
    charge = Charge("x", Decimal(1), 100, Decimal(0))
    draft = operations.Draft(customer_id, None, lambda _: [charge], None, None)
    ids = []
    async with service.api_db.session(service.organization.id) as session:
        for _ in range(count):
            made = await operations.create(session, service.organization, draft, issue_it=False)
            ids.append(made.id)
    return ids


async def issue(
    service: Running, invoice_id: UUID, *, then_fail: bool = False, then_die: bool = False
) -> str:
    """Issue a draft as a request does; its number."""
    organization = service.organization
    async with CONNECTIONS, service.api_db.session(organization.id) as session:
        made = await operations.issue(session, organization, invoice_id, None, date(2030, 1, 1))
        if then_fail:
            raise ChangedHisMind
        if then_die:
            await kill(service, session)
    assert made.number is not None
    return made.number


async def credit_note(service: Running, invoice_id: UUID, then_die: bool) -> str:
    """Credit an invoice as a request does; the note's number."""
    wanted = Wanted("Outage", CreditSettlement.CREDIT, None, None)
    organization = service.organization
    async with CONNECTIONS, service.api_db.session(organization.id) as session:
        note = await credit(session, organization, invoice_id, wanted, by="test")
        if then_die:
            await kill(service, session)
    return note.number


async def kill(service: Running, session: AsyncSession) -> None:
    """End the server process of a session that has done everything but commit."""
    pid = (await raw(session)).info.backend_pid
    async with service.api_db.transaction(None) as other:
        await other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


async def test_a_hundred_issuers_at_once_some_rolled_back_leave_no_gap(service: Running) -> None:
    ids = await drafts(service, 100)
    failing = set(random.Random(7).sample(ids, 25))

    results = await asyncio.gather(
        *(issue(service, id_, then_fail=id_ in failing) for id_ in ids), return_exceptions=True
    )

    numbers = sorted(result for result in results if isinstance(result, str))
    assert numbers == [f"INV-{at:08d}" for at in range(1, 76)]
    assert sum(isinstance(result, ChangedHisMind) for result in results) == 25
    assert await broken(service) == []


async def test_backends_killed_in_mid_transaction_leave_no_gap_in_either_series(
    client: httpx.AsyncClient, service: Running
) -> None:
    ids = await drafts(service, 100)
    credited = [await issued(client, service) for _ in range(40)]
    dying = set(random.Random(11).sample([*ids, *(UUID(one["id"]) for one in credited)], 40))

    results = await asyncio.gather(
        *(issue(service, id_, then_die=id_ in dying) for id_ in ids),
        *(credit_note(service, UUID(i["id"]), UUID(i["id"]) in dying) for i in credited),
        return_exceptions=True,
    )

    died = [result for result in results if isinstance(result, Exception)]
    invoices = sorted(r for r in results if isinstance(r, str) and r.startswith("INV"))
    notes = sorted(r for r in results if isinstance(r, str) and r.startswith("CN"))
    assert len(died) == 40, {repr(each)[:150] for each in died}
    assert invoices == [f"INV-{at:08d}" for at in range(41, 41 + len(invoices))]
    assert notes == [f"CN-{at:08d}" for at in range(1, 1 + len(notes))]
    assert len(invoices) + len(notes) == 100
    assert await broken(service) == []


async def test_one_draft_issued_by_many_at_once_is_issued_once(service: Running) -> None:
    (invoice_id,) = await drafts(service, 1)

    results = await asyncio.gather(
        *(issue(service, invoice_id) for _ in range(16)), return_exceptions=True
    )

    assert [result for result in results if isinstance(result, str)] == ["INV-00000001"]
    assert len([e for e in await service.emitted() if isinstance(e.data, InvoiceIssued)]) == 1


async def test_issuers_and_imports_share_one_gapless_series(service: Running) -> None:
    ids = await drafts(service, 30)
    pages = [page(*(debt(at) for at in range(20)), number=number) for number in range(10)]

    await asyncio.gather(
        *(issue(service, id_) for id_ in ids),
        *(service.deliver(each) for each in pages),
    )

    numbers = []
    for event in await service.emitted():
        match event.data:
            case InvoiceIssued() as one:
                numbers.append(one.number)
            case InvoicesImported() as many:
                numbers += [facts.number for facts in many.invoices]
    assert sorted(numbers) == [f"INV-{at:08d}" for at in range(1, 231)]
    assert await broken(service) == []


async def test_the_same_page_imported_by_two_workers_at_once_creates_its_debts_once(
    service: Running,
) -> None:
    sent = page(*(debt(at) for at in range(50)))

    results = await asyncio.gather(*(service.deliver(sent) for _ in range(6)))

    assert [result.applied for result in results] == [1] * 6
    answers = [e.data for e in await service.emitted() if isinstance(e.data, DebtRowsApplied)]
    assert sorted((answer.created, answer.unchanged) for answer in answers) == [
        *[(0, 50)] * 5,
        (50, 0),
    ]
    assert await broken(service) == []


async def test_ranges_are_consecutive_and_apart_by_organization(service: Running) -> None:
    mine, other = service.organization.id, service.other_organization.id

    async with service.db.transaction(None) as tx:
        first = await store.take_ranges(tx, {mine: 3, other: 1})
        second = await store.take_ranges(tx, {mine: 2})

    assert [number.sequence for number in first[mine]] == [1, 2, 3]
    assert [number.sequence for number in first[other]] == [1]
    assert [number.sequence for number in second[mine]] == [4, 5]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE invoice_series SET last_number = last_number + 1",
        "DELETE FROM invoice WHERE sequence = 2",
        "UPDATE invoice SET sequence = 1 WHERE sequence = 2",
        "UPDATE invoice_item SET net_minor = net_minor + 1",
        "DELETE FROM invoice_item",
        "DELETE FROM due_clock",
    ],
)
async def test_the_invariants_see_damage(service: Running, damage: str) -> None:
    await service.deliver(page(debt(2), debt(3)))
    assert await broken(service) == []

    async with service.db.transaction(None) as tx:
        await tx.execute(damage)

    assert len(await broken(service)) >= 1
