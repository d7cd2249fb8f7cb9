"""An import from its upload to its end, as the API and the other services see it."""

from datetime import date

import httpx
import pytest

from services.ingestion.imports.columns import COLUMNS
from services.ingestion.imports.timers import read_imports
from services.ingestion.tests.kit import (
    Peers,
    broken_promises,
    customer_only,
    errors,
    file_of,
    row,
    row_of,
    state,
    upload,
)
from shared.contracts.customers import CustomerRowsApplied
from shared.contracts.ingestion import CustomerRowsAccepted, DebtRowsAccepted, ImportFinished
from shared.ids import external_id
from shared.testing import Running


async def test_an_upload_answers_at_once_with_an_import_that_waits_for_a_worker(
    client: httpx.AsyncClient,
) -> None:
    content = file_of(row())
    started = await upload(client, content, "cartera.csv")

    assert started["status"] == "uploaded"
    assert started["file_name"] == "cartera.csv"
    assert started["byte_size"] == len(content)
    assert started["currency"] == "USD"
    assert started["progress_percent"] == 0
    assert started["uploaded_by_name"] == "test clerk"


async def test_a_good_row_is_handed_to_customers_and_then_to_billing(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    started = await upload(client, file_of(row()))
    await service.run_timer(read_imports)
    (to_customers,) = await peers.take()

    organization = service.organization.id
    customer_id = external_id(organization, "customer", "C-1")
    line_id = external_id(organization, "line", "C-1/1")
    assert to_customers.organization == organization
    sent = to_customers.data
    assert isinstance(sent, CustomerRowsAccepted)
    assert (str(sent.import_id), sent.page, sent.currency) == (started["id"], 0, "USD")
    assert sent.rows[0].row == 2
    assert sent.rows[0].customer_id == customer_id
    assert sent.rows[0].line is not None
    assert sent.rows[0].line.line_id == line_id
    assert sent.rows[0].line.price_minor == 2500

    await service.deliver(peers.answer(to_customers))
    (to_billing,) = await peers.take()
    assert to_billing.causationid is not None
    assert isinstance(to_billing.data, DebtRowsAccepted)
    (debt,) = to_billing.data.rows
    assert debt.invoice_id == external_id(organization, "invoice", "F-1")
    assert (debt.customer_id, debt.line_id) == (customer_id, line_id)
    assert (debt.amount_minor, debt.due_on) == (4550, date(2026, 8, 10))


async def test_an_import_is_finished_only_when_customers_and_billing_have_answered(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    started = await upload(client, file_of(*[row()] * 50))
    await service.run_timer(read_imports)
    (to_customers,) = await peers.take()
    read = await state(client, started["id"])
    assert read["status"] == "applying"
    assert read["progress_percent"] < 10

    await service.deliver(peers.answer(to_customers))
    half = await state(client, started["id"])
    assert half["status"] == "applying"
    assert read["progress_percent"] < half["progress_percent"] < 100

    (to_billing,) = await peers.take()
    await service.deliver(peers.answer(to_billing))
    done = await state(client, started["id"])
    assert done["status"] == "finished"
    assert done["progress_percent"] == 100
    assert done["finished_at"] is not None
    assert done["customers"] == {"created": 1, "updated": 0, "unchanged": 0}
    assert done["invoices"] == {"created": 50, "updated": 0, "unchanged": 0}


async def test_the_end_is_announced_once_with_the_final_counts(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    started = await upload(client, file_of(row_of(1), row_of(2), row_of(3, amount="0")))
    emitted = await peers.settle()

    (end,) = [event.data for event in emitted if isinstance(event.data, ImportFinished)]
    assert str(end.import_id) == started["id"]
    assert (end.file_name, end.rows, end.applied, end.unchanged, end.refused) == (
        "portfolio.csv",
        3,
        4,
        0,
        1,
    )


async def test_bad_rows_are_listed_with_line_column_and_message(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    content = file_of(
        row_of(1),
        row_of(2, due_on="10/08/2026", amount="-1"),
        '"C-3","a name\nover two lines"' + "," * 18,
        "C-4,too short",
        row_of(5, customer_name=""),
    )
    started = await upload(client, content)
    await peers.settle()

    assert await errors(client, started["id"]) == [
        (3, "amount", "'-1' is not an amount such as 25.00"),
        (3, "due_on", "'10/08/2026' is not a date written YYYY-MM-DD"),
        (6, None, "the row has 2 values where the first line names 20 columns"),
        (7, "customer_name", "is required"),
    ]
    done = await state(client, started["id"])
    assert (done["rows"], done["rows_refused"], done["rows_accepted"]) == (5, 3, 2)


async def test_rows_that_customers_refuses_never_reach_billing_and_are_reported(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    peers.refuse_customers = {3: "'1' is not a valid CI or RUC of EC"}
    started = await upload(client, file_of(row_of(1), row_of(2, national_id="1"), row_of(3)))
    emitted = await peers.settle()

    (debts,) = [event.data for event in emitted if isinstance(event.data, DebtRowsAccepted)]
    assert [debt.row for debt in debts.rows] == [2, 4]
    listed = await client.get(f"/imports/{started['id']}/errors")
    assert listed.json()["items"] == [
        {
            "line": 3,
            "column": "national_id",
            "message": "'1' is not a valid CI or RUC of EC",
            "source": "customers",
        }
    ]
    done = await state(client, started["id"])
    assert (done["rows_refused"], done["customers"]["created"]) == (1, 2)
    assert done["invoices"]["created"] == 2


async def test_rows_that_billing_refuses_are_reported_and_counted(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    peers.refuse_debts = {2: "F-1 was issued with another amount"}
    started = await upload(client, file_of(row_of(1), row_of(2)))
    await peers.settle()

    assert await errors(client, started["id"]) == [
        (2, "debt_ref", "F-1 was issued with another amount")
    ]
    done = await state(client, started["id"])
    assert (done["status"], done["rows_refused"]) == ("finished", 1)
    assert (done["customers"]["created"], done["invoices"]["created"]) == (2, 1)


async def test_a_page_without_debts_needs_no_answer_of_billing(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    started = await upload(client, file_of(customer_only(1), customer_only(2)))
    emitted = await peers.settle()

    assert not [event for event in emitted if isinstance(event.data, DebtRowsAccepted)]
    assert (await state(client, started["id"]))["status"] == "finished"


async def test_a_file_of_bad_rows_only_is_finished_without_asking_anybody(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    started = await upload(client, file_of("C-1", "C-2"))
    emitted = await peers.settle()

    assert [type(event.data) for event in emitted] == [ImportFinished]
    done = await state(client, started["id"])
    assert (done["status"], done["rows"], done["rows_refused"]) == ("finished", 2, 2)


async def test_blank_rows_are_skipped_and_counted(client: httpx.AsyncClient, peers: Peers) -> None:
    content = file_of(row_of(1), "", "," * 14, " ", row_of(2), "", "")
    started = await upload(client, content)
    await peers.settle()

    done = await state(client, started["id"])
    assert (done["status"], done["rows"], done["rows_blank"]) == ("finished", 2, 5)


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", ",")])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
async def test_a_file_may_be_written_as_any_spreadsheet_writes_it(
    client: httpx.AsyncClient, peers: Peers, bom: bytes, delimiter: str, decimal: str, newline: str
) -> None:
    header = ["Customer-Ref", "CUSTOMER NAME", "debt_ref", "amount", "due_on", "notes"]
    cells = ["C-1", '"Pérez, Ana; hija"', "F-1", f'"45{decimal}50"', "2026-08-10", "x"]
    text = newline.join(delimiter.join(line) for line in (header, cells))
    started = await upload(client, bom + text.encode())
    emitted = await peers.settle()

    done = await state(client, started["id"])
    assert (done["status"], done["rows"], done["rows_refused"]) == ("finished", 1, 0)
    assert done["warnings"] == ["Column 6 ('notes') is not known and was not read."]
    (customers,) = [e.data for e in emitted if isinstance(e.data, CustomerRowsAccepted)]
    assert customers.rows[0].name == "Pérez, Ana; hija"
    (debts,) = [e.data for e in emitted if isinstance(e.data, DebtRowsAccepted)]
    assert debts.rows[0].amount_minor == 4550


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The first line is blank; it must name the columns."),
        (",".join(COLUMNS).encode(), "The file has a first line and no rows."),
        (",".join(COLUMNS).encode() + b"\n\n,,\n", "The file has a first line and no rows."),
        (b"customer_ref,amount\nC-1,5\n", "The first line names no column customer_name."),
        ("customer_ref\n".encode("utf-16"), "The file is not UTF-8 text"),
        ("customer_ref,año\n".encode("latin-1"), "The first line cannot be read: the line is not"),
        (b'customer_ref,"x\n', "The first line cannot be read: a quote that opens"),
        (b"x" * 200_000, "The first line cannot be read: the line is longer than 64 KiB."),
        (
            b"customer_ref,customer_name,email,email\n",
            "The first line names the column email twice",
        ),
    ],
)
async def test_a_file_that_cannot_be_read_fails_with_its_reason_at_line_1(
    client: httpx.AsyncClient, peers: Peers, content: bytes, reason: str
) -> None:
    started = await upload(client, content)
    emitted = await peers.settle()

    assert emitted == []
    done = await state(client, started["id"])
    assert done["status"] == "failed"
    assert done["failure"].startswith(reason)
    ((line, column, message),) = await errors(client, started["id"])
    assert (line, column) == (1, None)
    assert message == done["failure"]


async def test_the_same_content_is_recognized_and_still_taken_in(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    first = await upload(client, file_of(row_of(1), row_of(2)), "august.csv")
    await peers.settle()
    peers.unchanged = True
    second = await upload(client, file_of(row_of(1), row_of(2)), "august (1).csv")
    emitted = await peers.settle()

    assert first["same_content_as"] is None
    assert second["same_content_as"] == first["id"]
    done = await state(client, second["id"])
    assert done["customers"] == {"created": 0, "updated": 0, "unchanged": 2}
    assert done["invoices"] == {"created": 0, "updated": 0, "unchanged": 2}
    (end,) = [e.data for e in emitted if isinstance(e.data, ImportFinished)]
    assert (end.applied, end.unchanged) == (0, 4)
    assert await broken_promises(service) == []


async def test_an_answer_to_a_page_never_sent_is_set_aside(service: Running) -> None:
    answer = CustomerRowsApplied(
        import_id=service.organization.id, page=0, created=1, updated=0, unchanged=0, refused=()
    )
    result = await service.deliver(answer)
    assert [failure.outcome for failure in result.failures] == ["dead"]
    assert "has no page 0" in str(result.failures[0].error)


async def test_an_answer_of_another_organization_changes_nothing(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    started = await upload(client, file_of(row()))
    await service.run_timer(read_imports)
    (asked,) = await peers.take()

    await service.deliver(peers.answer(asked), organization=service.other_organization.id)

    assert (await state(client, started["id"]))["status"] == "applying"


async def test_uploads_of_two_organizations_do_not_see_each_other(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    started = await upload(client, file_of(row()))
    async with service.client(organization=service.other_organization) as other:
        theirs = await upload(other, file_of(row()))
        assert theirs["same_content_as"] is None
        for path in ("", "/errors", "/errors.csv", "/file", "/events"):
            answer = await other.get(f"/imports/{started['id']}{path}")
            assert answer.status_code == 404, path
        assert (await other.post(f"/imports/{started['id']}/cancel")).status_code == 404
        listed = (await other.get("/imports")).json()["items"]
        assert [each["id"] for each in listed] == [theirs["id"]]
