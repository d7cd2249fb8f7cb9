"""Random histories: what the SQL does is what the rules say, and the sums always hold."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.payments.payments import operations, store
from services.payments.payments.asks import Ask, Outcome
from services.payments.payments.rules import Debt, Surplus, Target, refusal, spread
from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.contracts.billing import InvoiceIssued
from shared.contracts.payments import PaymentMethod
from shared.ids import new_id
from shared.money import Money

INVOICES = 4
CUSTOMERS = 2


def wish(ask: Ask) -> Surplus:
    """What an ask says of a surplus; every ask of these histories says it."""
    assert ask.surplus is not None
    return ask.surplus


@dataclass
class Model:
    """The same story told by the pure rules."""

    invoices: list[InvoiceIssued]
    heard: set[int] = field(default_factory=set)
    voided: set[int] = field(default_factory=set)
    allocated: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    credit: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))

    def open(self, number: int) -> int:
        """What is open on an invoice."""
        if number in self.voided or number not in self.heard:
            return 0
        return self.invoices[number].total_minor - self.allocated[number]

    def target(self, number: int) -> Target | None:
        """An invoice as the rules see it."""
        known = number in self.heard
        if number in self.voided:
            return Target(0, "USD" if known else None, voided=True)
        return Target(self.open(number), "USD") if known else None

    def pay_invoice(self, ask: Ask, number: int, today: date) -> bool:
        """Whether money for an invoice is taken, after taking it."""
        if refusal(self.target(number), ask.amount, today, today, wish(ask)) is not None:
            return False
        part = min(ask.amount.minor, self.open(number))
        self.allocated[number] += part
        self.credit[self.invoices[number].customer_id] += ask.amount.minor - part
        return True

    def pay_customer(self, ask: Ask, today: date) -> bool:
        """Whether money for a customer is taken, after taking it."""
        theirs = {
            invoice.invoice_id: number
            for number, invoice in enumerate(self.invoices)
            if invoice.customer_id == ask.target_id
        }
        debts = [
            Debt(invoice_id, self.invoices[number].due_on, self.open(number))
            for invoice_id, number in theirs.items()
        ]
        target = Target(sum(debt.open_minor for debt in debts), "USD")
        if refusal(target, ask.amount, today, today, wish(ask)) is not None:
            return False
        shares, left = spread(ask.amount.minor, debts)
        for share in shares:
            self.allocated[theirs[share.invoice_id]] += share.amount_minor
        self.credit[ask.target_id] += left
        return True

    def issue(self, number: int) -> None:
        """Hear of an invoice; credit of its customer pays it the first time."""
        if number in self.heard:
            return
        self.heard.add(number)
        customer_id = self.invoices[number].customer_id
        part = min(self.credit[customer_id], self.open(number))
        self.allocated[number] += part
        self.credit[customer_id] -= part

    def void(self, number: int) -> None:
        """Annul an invoice, once."""
        self.voided.add(number)
        self.credit[self.invoices[number].customer_id] += self.allocated.pop(number, 0)


@dataclass(frozen=True)
class Step:
    """One thing that happens."""

    kind: str
    number: int
    minor: int
    surplus: Surplus
    again: bool


steps = st.builds(
    Step,
    kind=st.sampled_from(["issue", "issue", "pay", "pay", "pay", "pay all", "void"]),
    number=st.integers(0, INVOICES - 1),
    minor=st.one_of(st.integers(1, 3000), st.sampled_from([999, 1000, 1001])),
    surplus=st.sampled_from(Surplus),
    again=st.booleans(),
)


def fresh_invoices() -> list[InvoiceIssued]:
    """Invoices of two customers, of which two are due on one day."""
    customers = [new_id() for _ in range(CUSTOMERS)]
    return [
        facts.issued(
            customer_id=customers[each % CUSTOMERS],
            total_minor=1000,
            due_on=date(2026, 11, 1 + each // 3),
        )
        for each in range(INVOICES)
    ]


async def happen(desk: Desk, model: Model, step: Step) -> None:
    """Let a step happen on the service and in the model, and compare what came of it."""
    invoice = model.invoices[step.number]
    if step.kind == "issue":
        await desk.running.deliver(*[invoice] * (1 + step.again))
        model.issue(step.number)
    elif step.kind == "void":
        await desk.running.deliver(*[facts.voided(invoice)] * (1 + step.again))
        model.void(step.number)
    else:
        await _pay(desk, model, step, invoice)


async def _pay(desk: Desk, model: Model, step: Step, invoice: InvoiceIssued) -> None:
    to_invoice = step.kind == "pay"
    values: dict[str, Any] = {
        "organization_id": desk.organization.id,
        "target_id": invoice.invoice_id if to_invoice else invoice.customer_id,
        "amount": Money(step.minor, "USD"),
        "method": PaymentMethod.CASH,
        "key": str(new_id()),
        "fingerprint": b"",
        "surplus": step.surplus,
    }
    ask = Ask(**values)
    today = desk.organization.today()
    pay = store.record_payment if to_invoice else operations.record_for_customer
    outcome: Outcome = await pay(desk.running.api_db, ask)
    if to_invoice:
        assert outcome.target == model.target(step.number)
        expected = model.pay_invoice(ask, step.number, today)
    else:
        expected = model.pay_customer(ask, today)
    assert (outcome.answer is not None) is expected
    assert (outcome.refusal(ask) is None) is expected
    if step.again and expected:
        repeated = await pay(desk.running.api_db, Ask(**values))
        assert repeated.answer is None


async def compare(desk: Desk, model: Model) -> None:
    """The service's rows are the model's numbers."""
    ids = [invoice.invoice_id for invoice in model.invoices]
    rows = await desk.rows("SELECT * FROM receivable WHERE invoice_id = ANY(%s)", ids)
    assert {row["invoice_id"]: (row["open_minor"], row["voided"]) for row in rows} == {
        ids[number]: (model.open(number), number in model.voided)
        for number in model.heard | model.voided
    }
    customers = list({invoice.customer_id for invoice in model.invoices})
    credits = await desk.rows(
        "SELECT customer_id, balance_minor FROM account_credit"
        " WHERE customer_id = ANY(%s) AND balance_minor > 0",
        customers,
    )
    assert {row["customer_id"]: row["balance_minor"] for row in credits} == {
        customer_id: minor for customer_id, minor in model.credit.items() if minor
    }
    assert await desk.broken_promises() == {}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(steps, min_size=3, max_size=12))
async def test_any_history_is_what_the_rules_say(desk: Desk, history: list[Step]) -> None:
    model = Model(fresh_invoices())
    for customer_id in {invoice.customer_id for invoice in model.invoices}:
        await desk.running.deliver(facts.customer(customer_id))

    for step in history:
        await happen(desk, model, step)

    await compare(desk, model)
