"""Many who pay at the same moment: exact, and once."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from services.payments.payments import operations, store
from services.payments.payments.asks import Ask
from services.payments.payments.till import Till
from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.contracts.billing import InvoiceIssued
from shared.contracts.payments import AllocationMade, PaymentMethod, PaymentReceived
from shared.ids import new_id
from shared.money import Money


def ask_for(desk: Desk, invoice: InvoiceIssued, minor: int = 4500, **changes: Any) -> Ask:
    """Someone's money for an invoice."""
    facts_: dict[str, Any] = {
        "organization_id": desk.organization.id,
        "target_id": invoice.invoice_id,
        "amount": Money(minor, "USD"),
        "method": PaymentMethod.CASH,
        "key": str(new_id()),
        "fingerprint": b"request",
    }
    return Ask(**(facts_ | changes))


async def test_of_32_concurrent_full_payments_exactly_one_is_taken(desk: Desk) -> None:
    invoice = await desk.invoice()

    answers = await asyncio.gather(*(desk.pay(invoice_id=invoice.invoice_id) for _ in range(32)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 31}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["type"].rsplit("/")[-1] for problem in refused} == {"overpayment"}
    assert {problem["open"]["amount"] for problem in refused} == {"0.00"}
    row = await desk.receivable(invoice.invoice_id)
    assert (row["allocated_minor"], row["version"]) == (4500, 2)
    assert len(await desk.emitted(PaymentReceived)) == 1


async def test_transactions_side_by_side_are_as_exact_as_one_till(desk: Desk) -> None:
    invoice = await desk.invoice()
    asks = [ask_for(desk, invoice, 1000) for _ in range(24)]

    outcomes = await asyncio.gather(
        *(store.record_payment(desk.running.api_db, ask) for ask in asks)
    )

    taken = [outcome for outcome in outcomes if outcome.answer is not None]
    assert len(taken) == 4
    refused = [outcome.target for outcome in outcomes if outcome.answer is None]
    assert {target.open_minor for target in refused if target} == {500}
    assert (await desk.receivable(invoice.invoice_id))["open_minor"] == 500


async def test_concurrent_parts_fill_an_invoice_to_the_last_cent_and_no_further(
    desk: Desk,
) -> None:
    invoice = await desk.invoice(total_minor=10_000)
    amounts = [f"{each}.37" for each in range(1, 25)]

    answers = await asyncio.gather(
        *(desk.pay(invoice_id=invoice.invoice_id, amount=amount) for amount in amounts)
    )

    taken = [answer.json() for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} == {201, 409}
    total = sum(Money.parse(each["amount"]["amount"], "USD").minor for each in taken)
    row = await desk.receivable(invoice.invoice_id)
    assert total == row["allocated_minor"] <= 10_000
    made = [event.data for event in await desk.emitted(AllocationMade)]
    assert sorted(each.receivable_version for each in made) == list(range(2, len(taken) + 2))
    assert all(each.allocated_minor + each.open_minor == 10_000 for each in made)


async def test_32_requests_with_one_key_pay_once_and_get_one_answer(desk: Desk) -> None:
    invoice = await desk.invoice()

    answers = await asyncio.gather(
        *(desk.pay(key="same", invoice_id=invoice.invoice_id, amount="5.00") for _ in range(32))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert (await desk.receivable(invoice.invoice_id))["allocated_minor"] == 500
    assert len(await desk.emitted(PaymentReceived)) == 1


async def test_one_key_used_for_two_invoices_at_once_pays_one(desk: Desk) -> None:
    invoices = [await desk.invoice() for _ in range(2)]
    asks = [
        ask_for(desk, invoices[each % 2], key="same", fingerprint=bytes([each % 2]))
        for each in range(16)
    ]
    till = Till(desk.running.api_db)

    results = await asyncio.gather(
        *(operations.pay_invoice(till, ask) for ask in asks),
        return_exceptions=True,
    )

    (payment,) = await desk.rows("SELECT amount_minor FROM payment")
    assert payment["amount_minor"] == 4500
    assert sum(isinstance(result, operations.Recorded) for result in results) == 1


async def test_payers_of_invoices_and_of_the_customer_never_block_each_other_for_good(
    desk: Desk,
) -> None:
    customer_id = new_id()
    invoices = [facts.invoice_facts(customer_id=customer_id) for _ in range(6)]
    await desk.running.deliver(facts.imported(*invoices))

    answers = await asyncio.gather(
        *(
            desk.pay(customer_id=customer_id, amount="30.00", surplus="credit")
            if each % 2
            else desk.pay(invoice_id=invoices[each % 6]["invoice_id"], amount="30.00")
            for each in range(40)
        )
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    rows = await desk.rows("SELECT sum(open_minor)::int AS open FROM receivable")
    assert rows == [{"open": 0}]


async def test_money_and_annulment_at_the_same_moment_end_in_credit_or_refusal(
    desk: Desk,
) -> None:
    invoices = [await desk.invoice() for _ in range(20)]

    results = await asyncio.gather(
        *(desk.pay(invoice_id=invoice.invoice_id) for invoice in invoices),
        *(desk.running.deliver(facts.voided(invoice)) for invoice in invoices),
    )

    paid = sum(getattr(result, "status_code", 0) == 201 for result in results)
    credit = await desk.rows(
        "SELECT coalesce(sum(balance_minor), 0)::int AS it FROM account_credit"
    )
    assert credit == [{"it": paid * 4500}]
    rows = await desk.rows("SELECT sum(allocated_minor)::int AS it FROM receivable")
    assert rows == [{"it": 0}]


async def test_a_group_of_payments_shares_one_commit(desk: Desk) -> None:
    invoices = [facts.invoice_facts() for _ in range(60)]
    await desk.running.deliver(facts.imported(*invoices))
    till = Till(desk.running.api_db)

    outcomes = await asyncio.gather(
        *(till.take(ask_for(desk, facts.issued(**each))) for each in invoices)
    )

    assert all(outcome.answer for outcome in outcomes)
    (count,) = await desk.rows("SELECT count(DISTINCT xmin::text) AS transactions FROM payment")
    assert count["transactions"] <= 4


async def test_one_impossible_payment_does_not_fail_its_group(desk: Desk) -> None:
    invoices = [facts.invoice_facts() for _ in range(10)]
    await desk.running.deliver(facts.imported(*invoices))
    asks = [ask_for(desk, facts.issued(**each)) for each in invoices]
    asks[4] = ask_for(desk, facts.issued(**invoices[4]), reference="not\x00storable")
    till = Till(desk.running.api_db)

    outcomes = await asyncio.gather(*(till.take(ask) for ask in asks), return_exceptions=True)

    failed = [each for each in outcomes if isinstance(each, BaseException)]
    assert len(failed) == 1
    assert len(await desk.rows("SELECT FROM payment")) == 9


async def test_a_caller_who_leaves_does_not_undo_or_block_anything(desk: Desk) -> None:
    invoices = [await desk.invoice() for _ in range(3)]
    till = Till(desk.running.api_db)
    leaving = asyncio.create_task(till.take(ask_for(desk, invoices[0])))
    staying = [asyncio.create_task(till.take(ask_for(desk, each))) for each in invoices[1:]]
    await asyncio.sleep(0)
    leaving.cancel()

    outcomes = await asyncio.gather(*staying)

    assert all(outcome.answer for outcome in outcomes)
    assert len(await desk.rows("SELECT FROM payment")) == 3


async def test_who_holds_one_invoice_holds_up_nobody_else(desk: Desk) -> None:
    held, *others = [await desk.invoice() for _ in range(8)]
    async with desk.running.db.transaction(None) as tx:
        lock = "SELECT FROM receivable WHERE invoice_id = %s FOR UPDATE"
        await tx.execute(lock, (held.invoice_id,))

        stuck, *free = await asyncio.gather(
            *(desk.pay(invoice_id=each.invoice_id) for each in (held, *others))
        )

    assert {answer.status_code for answer in free} == {201}
    assert stuck.status_code == 503
    assert (await desk.pay(invoice_id=held.invoice_id)).status_code == 201


async def break_who_waits(desk: Desk) -> list[dict[str, bool]]:
    """End the connections that wait for a lock."""
    async with desk.running.api_db.transaction(None) as other:
        cursor = await other.execute(
            "SELECT pg_terminate_backend(pid) AS broken FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return await cursor.fetchall()


async def test_a_payment_whose_connection_breaks_is_taken_once(desk: Desk) -> None:
    invoice = await desk.invoice()
    async with desk.running.db.transaction(None) as tx:
        lock = "SELECT FROM receivable WHERE invoice_id = %s FOR UPDATE"
        await tx.execute(lock, (invoice.invoice_id,))
        paying = asyncio.create_task(desk.pay(invoice_id=invoice.invoice_id))
        async with asyncio.timeout(30):
            while (broken := await break_who_waits(desk)) == []:
                await asyncio.sleep(0.01)
        assert broken == [{"broken": True}]
        await asyncio.sleep(0.2)

    assert (await paying).status_code == 201
    assert len(await desk.rows("SELECT FROM payment")) == 1
    async with desk.running.api_db.transaction(desk.organization.id) as tx:
        assert not tx.autocommit


async def test_a_till_never_leaves_anyone_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.payments.payments.till.LANES", 1)
    till = Till(desk.running.api_db)

    async def payer(invoice: InvoiceIssued) -> None:
        for _ in range(25):
            assert (await till.take(ask_for(desk, invoice, 1))).answer

    invoices = [await desk.invoice() for _ in range(4)]
    async with asyncio.timeout(10):
        await asyncio.gather(*(payer(invoice) for invoice in invoices))
