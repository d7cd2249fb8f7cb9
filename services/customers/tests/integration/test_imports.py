"""Pages of rows out of files."""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from services.customers.imports.handlers import apply_pages
from services.customers.tests.builders import cedula, line_row, page, row, suspend
from services.customers.tests.integration.conftest import Make, until_someone_waits
from shared.contracts.customers import (
    CustomerRowsApplied,
    CustomersImported,
    LineStatus,
)
from shared.contracts.ingestion import CustomerRow, CustomerRowsAccepted
from shared.ids import external_id, new_id
from shared.testing import Running
from shared.testing.bed import envelope


def rows(organization_id: UUID, count: int, *, price_minor: int = 2_500) -> list[CustomerRow]:
    """As many customers with a line each."""
    return [
        row(
            organization_id,
            f"C{at}",
            at + 2,
            name=f"Cliente Número {at}",
            national_id=cedula(at),
            email=f"c{at}@example.com",
            phone=f"09912{at:05d}",
            line=line_row(organization_id, f"C{at}", price_minor=price_minor),
        )
        for at in range(count)
    ]


async def applied(
    service: Running, data: CustomerRowsAccepted
) -> tuple[CustomersImported | None, CustomerRowsApplied]:
    """What a page comes to, in the two facts that may follow it."""
    result = await service.deliver(data)
    assert not result.failures
    *imported, answer = [event.data for event in await service.emitted()]
    assert isinstance(answer, CustomerRowsApplied)
    assert (answer.import_id, answer.page) == (data.import_id, data.page)
    assert len(imported) <= 1
    return (imported[0] if imported else None), answer


async def test_a_page_becomes_customers_and_lines_in_one_fact(
    service: Running, client: httpx.AsyncClient
) -> None:
    data = page(*rows(service.organization.id, 500), number=3)
    imported, answer = await applied(service, data)

    assert (answer.created, answer.updated, answer.unchanged, answer.refused) == (500, 0, 0, ())
    assert imported is not None
    assert (len(imported.customers), len(imported.lines)) == (500, 500)
    assert {facts.status for facts in imported.lines} == {LineStatus.ACTIVE}
    (found,) = (await client.get("/customers", params={"q": "numero 499"})).json()["items"]
    assert (found["national_id"], found["phone"]) == (cedula(499), "+593991200499")
    (line,) = (await client.get("/lines", params={"customer_id": found["id"]})).json()["items"]
    assert (line["status"], line["installed_on"]) == ("active", "2024-01-05")
    (story,) = (await client.get(f"/lines/{line['id']}/history")).json()["items"]
    assert (story["change"], story["import_id"]) == ("registered", str(data.import_id))


async def test_the_same_file_twice_changes_nothing(service: Running) -> None:
    organization_id = service.organization.id
    await applied(service, page(*rows(organization_id, 50)))
    before = await _versions(service)
    imported, answer = await applied(service, page(*rows(organization_id, 50)))

    assert imported is None
    assert (answer.created, answer.updated, answer.unchanged) == (0, 0, 50)
    assert await _versions(service) == before


async def _versions(service: Running) -> list[dict[str, object]]:
    """Identity and physical place of every row: nothing was even rewritten."""
    async with service.db.transaction(None) as tx:
        cursor = await tx.execute(
            "SELECT id, version, ctid::text FROM customer UNION ALL"
            " SELECT id, version, ctid::text FROM line ORDER BY id"
        )
        return await cursor.fetchall()


async def test_a_file_describes_customers_and_says_which_lines_are_essential(
    service: Running,
) -> None:
    organization_id = service.organization.id
    told: dict[str, Any] = {
        "language": "en",
        "time_zone": "America/Bogota",
        "area": "Norte",
        "tags": ("b", "a"),
    }
    line = line_row(organization_id, "A", essential=True)
    first, _ = await applied(service, page(row(organization_id, "A", line=line, **told)))
    silent = page(row(organization_id, "A", line=line_row(organization_id, "A")))
    second, answer = await applied(service, silent)
    third, _ = await applied(service, page(row(organization_id, "A", tags=("c",))))

    assert first is not None
    assert third is not None
    assert (first.customers[0].language, first.customers[0].tags) == ("en", ("a", "b"))
    assert first.lines[0].essential is True
    assert (second, answer.unchanged) == (None, 1)
    assert (third.customers[0].area, third.customers[0].tags) == ("Norte", ("c",))


async def test_a_corrected_file_says_only_what_it_corrected(service: Running) -> None:
    organization_id = service.organization.id
    await applied(service, page(*rows(organization_id, 20)))
    corrected = rows(organization_id, 20)
    corrected[3] = corrected[3].model_copy(update={"name": "Nombre Nuevo"})
    corrected[7] = rows(organization_id, 8, price_minor=9_900)[7]
    imported, answer = await applied(service, page(*corrected))

    assert (answer.updated, answer.unchanged) == (2, 18)
    assert imported is not None
    assert [(one.name, one.version) for one in imported.customers] == [("Nombre Nuevo", 2)]
    assert [(one.price_minor, one.version) for one in imported.lines] == [(9_900, 2)]


async def test_bad_rows_are_refused_with_line_and_column_and_the_rest_applied(
    service: Running, client: httpx.AsyncClient, customer: Make
) -> None:
    organization_id = service.organization.id
    await customer("Dueña", national_id=cedula(77))
    gone = await customer("Former", external_ref="GONE")
    await client.delete(f"/customers/{gone['id']}")
    await service.emitted()
    _, answer = await applied(
        service,
        page(
            row(organization_id, "A", 2, national_id=cedula(77)),
            row(organization_id, "GONE", 3, name="Former"),
            row(organization_id, "B", 4, national_id="1710034066"),
            row(organization_id, "C", 5, email="nobody"),
            row(organization_id, "D", 6, name="One"),
            row(organization_id, "D", 7, name="Two"),
        ),
    )

    assert [(one.row, one.column) for one in answer.refused] == [
        (2, "national_id"),
        (3, "customer_ref"),
        (4, "national_id"),
        (5, "email"),
        (7, "customer_name"),
    ]
    assert (answer.created, len((await client.get("/customers")).json()["items"])) == (1, 3)


async def test_a_page_in_another_currency_is_refused_whole(service: Running) -> None:
    data = page(*rows(service.organization.id, 3), currency="EUR")
    imported, answer = await applied(service, data)

    assert imported is None
    assert [one.row for one in answer.refused] == [2, 3, 4]


async def test_a_file_adds_to_what_was_typed(
    service: Running, client: httpx.AsyncClient, customer: Make, line: Make
) -> None:
    organization_id = service.organization.id
    typed = await customer("Ana", external_ref="A", phone="0991234567")
    sold = await line(typed["id"], active=False)
    await service.emitted()
    data = page(
        row(
            organization_id,
            "A",
            name="Ana",
            email="ana@example.com",
            line=line_row(organization_id, "A"),
        )
    )
    imported, answer = await applied(service, data)

    assert (answer.updated, answer.created) == (1, 0)
    assert imported is not None
    (facts,) = imported.customers
    assert (str(facts.customer_id), facts.phone, facts.email) == (
        typed["id"],
        "+593991234567",
        "ana@example.com",
    )
    (line_facts,) = imported.lines
    assert (str(line_facts.line_id), line_facts.status) == (sold["id"], LineStatus.ACTIVE)


async def test_a_file_restores_no_suspended_line(service: Running) -> None:
    organization_id = service.organization.id
    await applied(service, page(*rows(organization_id, 1)))
    line_id = external_id(organization_id, "line", "C0/1")
    await service.deliver(suspend(line_id, 1))
    await service.emitted()
    imported, _ = await applied(service, page(*rows(organization_id, 1, price_minor=1)))

    assert imported is not None
    assert [(one.status, one.generation) for one in imported.lines] == [(LineStatus.SUSPENDED, 1)]


async def test_pages_with_the_same_customers_at_the_same_time_agree(service: Running) -> None:
    organization_id = service.organization.id
    refs = [f"C{at}" for at in range(40)]
    one = [row(organization_id, ref, line=line_row(organization_id, ref, 1)) for ref in refs]
    two = [
        row(organization_id, ref, line=line_row(organization_id, ref, 2)) for ref in reversed(refs)
    ]
    results = await asyncio.gather(*(service.deliver(page(*half)) for half in (one, two, one, two)))

    assert all(not result.failures for result in results)
    async with service.db.transaction(None) as tx:
        counted = await tx.execute(
            "SELECT (SELECT count(*) FROM customer) AS customers,"
            " (SELECT count(*) FROM line) AS lines"
        )
        assert await counted.fetchone() == {"customers": 40, "lines": 80}
    answers = [
        event.data
        for event in await service.emitted()
        if isinstance(event.data, CustomerRowsApplied)
    ]
    assert sum(answer.created for answer in answers) == 80
    assert sum(answer.unchanged for answer in answers) == 80


async def test_a_page_overtaken_by_another_starts_over(service: Running) -> None:
    organization_id = service.organization.id
    first, second = (page(*rows(organization_id, 5)) for _ in range(2))
    async with service.db.transaction(None) as tx:
        await apply_pages(tx, [envelope(first, organization_id)])
        overtaken = asyncio.create_task(service.deliver(second))
        await until_someone_waits(service)
    result = await overtaken

    assert (result.applied, result.failures) == (1, [])
    *_, answer = await service.emitted()
    assert isinstance(answer.data, CustomerRowsApplied)
    assert (answer.data.import_id, answer.data.unchanged) == (second.import_id, 5)


async def test_a_page_delivered_twice_is_answered_once(service: Running) -> None:
    data, event_id = page(*rows(service.organization.id, 5)), new_id()
    for _ in range(3):
        await service.deliver(data, ids=[event_id])

    answers = [e for e in await service.emitted() if isinstance(e.data, CustomerRowsApplied)]
    assert len(answers) == 1


async def test_a_batch_of_pages_is_answered_page_by_page(service: Running) -> None:
    organization_id, import_id = service.organization.id, new_id()
    every = rows(organization_id, 30)
    pages = [page(*every[at : at + 10], number=at // 10, import_id=import_id) for at in (0, 10, 20)]
    await service.deliver(*pages)

    answers = [
        event.data
        for event in await service.emitted()
        if isinstance(event.data, CustomerRowsApplied)
    ]
    assert [(answer.page, answer.created) for answer in answers] == [(0, 10), (1, 10), (2, 10)]


async def test_organizations_share_no_reference_and_no_id(service: Running) -> None:
    for organization in (service.organization, service.other_organization):
        result = await service.deliver(
            page(*rows(organization.id, 3)), organization=organization.id
        )
        assert not result.failures
    async with service.db.transaction(None) as tx:
        counted = await tx.execute(
            "SELECT organization_id, count(*) AS n FROM customer GROUP BY 1 ORDER BY 1"
        )
        assert [one["n"] for one in await counted.fetchall()] == [3, 3]
