"""Any history of invoices, money, adjustments and returns: the books agree after each step.

The machine knows what billing said and what was paid and returned, and follows the events as
another service would: highest version wins. After each step the service's rows must be what
that reader believes, and every invariant must hold. How money moves inside is not retold.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from services.payments.returns.problems import PaymentReturned, ReturnExceedsPayment
from services.payments.returns.rules import ReturnKind
from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.contracts.billing import CreditSettlement, InvoiceIssued
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    CreditChanged,
    PaymentChargedBack,
    PaymentReceived,
    PaymentRefunded,
    PaymentReversed,
)
from shared.ids import new_id
from shared.money import Money

T = TypeVar("T")
amounts = st.one_of(st.integers(1, 3000), st.sampled_from([500, 999, 1000, 1001]))


@dataclass
class Believed:
    """What a reader of the events believes of an invoice, and what billing said of it."""

    facts: InvoiceIssued
    version: int = 1
    allocated: int = 0
    recovered: int = 0
    credited: int = 0
    written_off: int = 0
    invoice_version: int = 2
    voided: bool = False

    @property
    def left(self) -> int:
        """What is asked for and not paid, by what is known."""
        if self.voided:
            return 0
        lost = self.written_off - self.recovered
        return self.facts.total_minor - self.credited - lost - self.allocated

    @property
    def payable(self) -> int:
        """What money is taken for."""
        return 0 if self.voided else self.left + self.written_off - self.recovered


@dataclass
class Reader:
    """Another service that follows the events."""

    invoices: dict[UUID, Believed] = field(default_factory=dict)
    credit: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    received: dict[UUID, int] = field(default_factory=dict)
    returned: dict[UUID, int] = field(default_factory=dict)

    def hear(self, data: Any) -> None:
        """Keep the newest of everything."""
        match data:
            case AllocationMade() | AllocationReversed():
                known = self.invoices[data.invoice_id]
                if data.receivable_version > known.version:
                    known.version = data.receivable_version
                    known.allocated = data.allocated_minor
                    known.recovered = data.recovered_minor
            case CreditChanged():
                known_version, _ = self.credit.get(data.customer_id, (0, 0))
                if data.version > known_version:
                    self.credit[data.customer_id] = data.version, data.balance_minor
            case PaymentReceived():
                self.received[data.payment_id] = data.amount_minor
            case PaymentRefunded() | PaymentReversed() | PaymentChargedBack():
                before = self.returned.get(data.payment_id, 0)
                assert data.returned_minor == before + data.amount_minor
                self.returned[data.payment_id] = data.returned_minor
            case _:
                raise AssertionError(data)


class Books(RuleBasedStateMachine):
    """One organization with two customers."""

    desk: Desk
    loop: asyncio.AbstractEventLoop
    invoices: Bundle[UUID] = Bundle("invoices")
    payments: Bundle[UUID] = Bundle("payments")
    adjustments: Bundle[Any] = Bundle("adjustments")

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        """Let something happen in the test's loop; the machine runs beside it in a thread."""
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(60)

    def __init__(self) -> None:
        super().__init__()
        self.reader = Reader()
        self.customers = [new_id(), new_id()]
        self.run(self.desk.running.deliver(*(facts.customer(each) for each in self.customers)))
        self.run(self.desk.emitted())
        (row,) = self.run(self.desk.rows(self.LANDED))
        self.before_minor = row["it"]

    LANDED = (
        "SELECT coalesce(sum(amount_minor), 0)::bigint AS it FROM journal_entry"
        " WHERE account = 'deposit'"
    )

    @initialize(target=invoices)
    def begin_with_debts(self) -> Any:
        """Each customer owes two invoices."""
        page = [self._issued(each % 2, 1000, each) for each in range(4)]
        self.run(self.desk.running.deliver(facts.imported(*page)))
        return multiple(*(each["invoice_id"] for each in page))

    @initialize(target=payments)
    def begin_with_money(self) -> Any:
        """Each customer has paid one invoice and a half."""
        return multiple(*(self.pay_all_of(whose, 1500) for whose in (0, 1)))

    def _issued(self, whose: int, total: int, day: int) -> dict[str, Any]:
        made = facts.invoice_facts(
            customer_id=self.customers[whose],
            total_minor=total,
            due_on=date(2026, 11, 1) + timedelta(days=day),
            number=f"INV-{new_id()}",
        )
        self.reader.invoices[made["invoice_id"]] = Believed(facts.issued(**made))
        return made

    @rule(target=invoices, whose=st.integers(0, 1), total=amounts, day=st.integers(0, 3))
    def issue(self, whose: int, total: int, day: int) -> UUID:
        """An invoice is issued; credit of its customer pays it."""
        made = self._issued(whose, total, day)
        self.run(self.desk.running.deliver(*[facts.issued(**made)] * (1 + day % 2)))
        found: UUID = made["invoice_id"]
        return found

    @rule(target=invoices, total=amounts, other=amounts)
    def bill(self, total: int, other: int) -> Any:
        """A bill run issues a page for both customers."""
        page = [self._issued(0, total, 1), self._issued(1, other, 2)]
        self.run(self.desk.running.deliver(facts.billed(*page)))
        return multiple(*(each["invoice_id"] for each in page))

    def _pay(self, minor: int, surplus: str, expected: bool, **body: Any) -> Any:
        amount = Money(minor, "USD").decimal_text
        answer = self.run(self.desk.pay(amount=amount, surplus=surplus, **body))
        assert (answer.status_code == 201) is expected, answer.text
        return UUID(answer.json()["id"]) if expected else multiple()

    @rule(
        target=payments,
        invoice_id=invoices,
        minor=amounts,
        surplus=st.sampled_from(["refuse", "credit"]),
    )
    def pay(self, invoice_id: UUID, minor: int, surplus: str) -> Any:
        """Money comes for one invoice."""
        known = self.reader.invoices[invoice_id]
        taken = not known.voided and (surplus == "credit" or minor <= known.payable)
        return self._pay(minor, surplus, taken, invoice_id=invoice_id)

    @rule(target=payments, whose=st.integers(0, 1), minor=amounts)
    def pay_all(self, whose: int, minor: int) -> Any:
        """Money comes for a customer."""
        return self.pay_all_of(whose, minor)

    def pay_all_of(self, whose: int, minor: int) -> Any:
        """What a customer brings, without saying for what."""
        return self._pay(minor, "credit", True, customer_id=self.customers[whose])

    @rule(target=payments, first=invoices, second=invoices, minor=amounts, rest=st.integers(0, 9))
    def pay_two(self, first: UUID, second: UUID, minor: int, rest: int) -> Any:
        """Money comes for two invoices."""
        known = [self.reader.invoices[each] for each in (first, second)]
        good = first != second and known[0].facts.customer_id == known[1].facts.customer_id
        good = good and all(minor <= each.payable for each in known)
        part = {"amount": Money(minor, "USD").decimal_text}
        parts = [{"invoice_id": str(each), "amount": part} for each in (first, second)]
        return self._pay(2 * minor + rest, "credit", good, allocations=parts)

    @rule(
        target=adjustments,
        invoice_id=invoices,
        minor=amounts,
        settlement=st.sampled_from(CreditSettlement),
    )
    def credit_note(self, invoice_id: UUID, minor: int, settlement: CreditSettlement) -> Any:
        """Billing writes a credit note, as far as its rule allows."""
        known = self.reader.invoices[invoice_id]
        lost = known.written_off - known.recovered
        minor = min(minor, known.facts.total_minor - known.credited - lost)
        if minor <= 0 or known.voided:
            return multiple()
        known.credited += minor
        known.invoice_version += 1
        event = facts.credited(
            known.facts,
            known.credited,
            settlement,
            amount_minor=minor,
            written_off_minor=known.written_off,
            version=known.invoice_version,
        )
        self.run(self.desk.running.deliver(event))
        return event

    @rule(target=adjustments, invoice_id=invoices, minor=amounts)
    def write_off(self, invoice_id: UUID, minor: int) -> Any:
        """Billing gives up what is open, or a part."""
        known = self.reader.invoices[invoice_id]
        minor = min(minor, known.left)
        if minor <= 0:
            return multiple()
        known.written_off += minor
        known.invoice_version += 1
        event = facts.written_off(
            known.facts,
            known.written_off,
            amount_minor=minor,
            credited_minor=known.credited,
            version=known.invoice_version,
        )
        self.run(self.desk.running.deliver(event))
        return event

    @rule(event=adjustments)
    def hear_again(self, event: Any) -> None:
        """An adjustment is heard again, perhaps after later ones."""
        self.run(self.desk.running.deliver(event, event))
        assert self.run(self.desk.emitted()) == []

    @rule(invoice_id=consumes(invoices))
    def void(self, invoice_id: UUID) -> None:
        """Billing annuls an invoice, and money may have come for it meanwhile."""
        known = self.reader.invoices[invoice_id]
        known.voided = True
        self.run(self.desk.running.deliver(facts.voided(known.facts)))

    @rule(
        payment_id=payments,
        minor=st.one_of(st.none(), amounts),
        kind=st.sampled_from(ReturnKind),
    )
    def give_back(self, payment_id: UUID, minor: int | None, kind: ReturnKind) -> None:
        """Money goes away, and never more than is left."""
        left = self.reader.received[payment_id] - self.reader.returned.get(payment_id, 0)
        possible = left > 0 and (minor is None or minor <= left)
        try:
            self.run(self.desk.give_back(payment_id, kind=kind, amount_minor=minor))
        except (PaymentReturned, ReturnExceedsPayment):
            assert not possible
        else:
            assert possible

    @rule(payment_id=payments, invoice_id=invoices, minor=amounts)
    def reallocate(self, payment_id: UUID, invoice_id: UUID, minor: int) -> None:
        """A payment's money is put against one invoice only, if it may be."""
        part = {"amount": Money(minor, "USD").decimal_text}
        body = {"allocations": [{"invoice_id": str(invoice_id), "amount": part}]}
        answer = self.run(self.desk.post(f"/payments/{payment_id}/reallocate", body))
        left = self.reader.received[payment_id] - self.reader.returned.get(payment_id, 0)
        if answer.status_code == 200:
            assert minor <= left
            assert answer.json()["allocated"]["amount"] == part["amount"]
        else:
            assert answer.status_code == 409, answer.text

    @rule(whose=st.integers(0, 1), minor=st.one_of(st.none(), amounts))
    def apply_credit(self, whose: int, minor: int | None) -> None:
        """Credit is put against what is open, as far as it goes."""
        customer_id = self.customers[whose]
        theirs = [
            each.left
            for each in self.reader.invoices.values()
            if each.facts.customer_id == customer_id
        ]
        _, credit = self.reader.credit.get(customer_id, (0, 0))
        body: dict[str, Any] = {"customer_id": str(customer_id)}
        if minor is not None:
            body["amount"] = {"amount": Money(minor, "USD").decimal_text}
        answer = self.run(self.desk.post("/credits/apply", body))
        applied = Money.parse(answer.json()["applied"]["amount"], "USD").minor
        assert applied == min(credit, sum(theirs), minor or credit)

    @invariant()
    def the_books_agree(self) -> None:
        """The rows are what a reader of the events believes, and every promise holds."""
        for event in self.run(self.desk.emitted()):
            self.reader.hear(event.data)
        rows = self.run(
            self.desk.rows(
                "SELECT * FROM receivable WHERE invoice_id = ANY(%s)", list(self.reader.invoices)
            )
        )
        assert len(rows) == len(self.reader.invoices)
        for row in rows:
            known = self.reader.invoices[row["invoice_id"]]
            assert row["open_minor"] == known.left
            assert 0 <= known.left <= known.facts.total_minor
            assert (row["allocated_minor"], row["recovered_minor"]) == (
                known.allocated,
                known.recovered,
            )
            assert (row["credited_minor"], row["written_off_minor"], row["voided"]) == (
                known.credited,
                known.written_off,
                known.voided,
            )
        for customer_id in self.customers:
            _, credit = self.reader.credit.get(customer_id, (0, 0))
            assert self.run(self.desk.balance(customer_id)) == credit
        (row,) = self.run(self.desk.rows(self.LANDED))
        here = sum(self.reader.received.values()) - sum(self.reader.returned.values())
        assert row["it"] - self.before_minor == here
        assert self.run(self.desk.broken_promises()) == {}


async def test_the_books_agree_after_any_history(desk: Desk) -> None:
    Books.desk, Books.loop = desk, asyncio.get_running_loop()
    await asyncio.to_thread(
        run_state_machine_as_test,
        Books,
        settings=settings(max_examples=25, stateful_step_count=24, deadline=None),
    )
