"""Any order and repetition of what happened ends in the state that the facts deserve."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.collections.decisions.rules import Debt, deserved
from services.collections.policies.rules import Policy, SuspendScope, default_policy
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Invoice, Line, Scene
from shared.contracts.customers import (
    HoldReason,
    LineActivated,
    LineRegistered,
    LineStatus,
)
from shared.ids import new_id


def as_debt(invoice: Invoice) -> Debt:
    """What is open of an invoice in the end."""
    open_minor = invoice.total_minor - invoice.allocated_minor
    return Debt(invoice.id, invoice.number, invoice.currency, open_minor, invoice.due_on)


MOVEMENTS = st.lists(
    st.sampled_from(["pay 1", "pay 1", "pay all", "take back", "take back", "void"]), max_size=6
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(movements=MOVEMENTS, late=st.sampled_from([True, True, False]), data=st.data())
def test_the_story_of_an_invoice_may_be_heard_in_any_order_any_number_of_times(
    scene: Scene,
    loop: asyncio.AbstractEventLoop,
    movements: list[str],
    late: bool,
    data: st.DataObject,
) -> None:
    """Issued, overdue, paid, taken back, voided; split into batches wherever."""
    run = loop.run_until_complete
    line = Line(new_id(), new_id())
    scene.lines[line.id] = line
    invoice = scene.invoice(line, days_overdue=3 if late else -3, total_minor=3)
    story: list[Any] = [LineRegistered(**line.facts()), invoice.issued()]
    story += [invoice.overdue()] if late else []
    story += filter(None, (happen(invoice, movement) for movement in movements))
    repeats = data.draw(st.lists(st.sampled_from(story), max_size=4), label="repeated")
    heard = data.draw(st.permutations(story + repeats), label="heard")
    apart = st.just(set(range(1, len(heard))))
    cuts = data.draw(apart | st.sets(st.integers(1, len(heard))), label="batches end at")
    for start, end in pairwise(sorted({0, *cuts, len(heard)})):
        run(scene.say(*heard[start:end]))
    run(scene.obey())
    owed = [] if "void" in movements else [as_debt(invoice)]
    deserves = deserved(owed, default_policy("USD"), scene.today).justified
    assert (HoldReason.NON_PAYMENT in line.holds) is deserves
    assert run(scene.broken_invariants()) == {}


def happen(invoice: Invoice, movement: str) -> Any:
    """The event of a movement; None when there is nothing to move."""
    open_minor = invoice.total_minor - invoice.allocated_minor
    if movement == "void":
        return invoice.voided()
    if movement == "take back":
        return invoice.taken_back(1) if invoice.allocated_minor else None
    return invoice.paid(1 if movement == "pay 1" else open_minor) if open_minor else None


class AnyOrder(RuleBasedStateMachine):
    """Two lines of one customer; what happens to them reaches the service whenever it will.

    `waiting` holds events that happened and were not heard of yet, `heard` those that may be
    repeated. In the end everything is delivered, and each line must be as it deserves.
    """

    def __init__(self, scene: Scene, run: Callable[[Any], Any], policy: Policy) -> None:
        super().__init__()
        self.scene = scene
        self.run = run
        self.policy = policy
        self.lines: list[Line] = []
        self.invoices: list[Invoice] = []
        self.voided: set[int] = set()
        self.waiting: list[Any] = []
        self.heard: list[Any] = []

    @initialize(installed=st.booleans())
    def customer(self, installed: bool) -> None:
        """Nothing of the customer has been heard of."""
        customer_id = new_id()
        status = LineStatus.ACTIVE if installed else LineStatus.NOT_INSTALLED
        self.lines = [Line(new_id(), customer_id, number, status) for number in (1, 2)]
        self.scene.lines |= {line.id: line for line in self.lines}
        self.waiting = [LineRegistered(**line.facts()) for line in self.lines]

    @rule(
        which=st.integers(0, 1),
        days_overdue=st.integers(-2, 5),
        total_minor=st.integers(1, 3),
        with_line=st.booleans(),
    )
    def issue(self, which: int, days_overdue: int, total_minor: int, with_line: bool) -> None:
        """Billing issues an invoice, and says when it is overdue."""
        invoice = self.scene.invoice(self.lines[which], days_overdue, total_minor)
        if not with_line:
            invoice.line_id = None
        self.invoices.append(invoice)
        self.waiting.append(invoice.issued())
        if days_overdue > 0:
            self.waiting.append(invoice.overdue())

    @precondition(lambda self: self.invoices)
    @rule(which=st.integers(0, 50), amount=st.integers(1, 3))
    def pay(self, which: int, amount: int) -> None:
        """Payments puts money against an invoice."""
        invoice = self.invoices[which % len(self.invoices)]
        amount = min(amount, invoice.total_minor - invoice.allocated_minor)
        if amount:
            self.waiting.append(invoice.paid(amount))

    @precondition(lambda self: self.invoices)
    @rule(which=st.integers(0, 50))
    def take_back(self, which: int) -> None:
        """Payments takes it back."""
        invoice = self.invoices[which % len(self.invoices)]
        if invoice.allocated_minor:
            self.waiting.append(invoice.taken_back(1))

    @precondition(lambda self: self.invoices)
    @rule(which=st.integers(0, 50))
    def void(self, which: int) -> None:
        """Billing annuls an invoice."""
        place = which % len(self.invoices)
        if place not in self.voided:
            self.voided.add(place)
            self.waiting.append(self.invoices[place].voided())

    @rule(which=st.integers(0, 1))
    def install(self, which: int) -> None:
        """Customers puts a line into service."""
        line = self.lines[which]
        if line.status is LineStatus.NOT_INSTALLED:
            line.status, line.version = LineStatus.ACTIVE, line.version + 1
            self.waiting.append(LineActivated(**line.facts()))

    @precondition(lambda self: self.waiting or self.heard)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Some of what waits, and some of what was heard before, arrives as one batch."""
        chosen = data.draw(st.sets(st.integers(0, len(self.waiting))), label="of those waiting")
        arriving = [event for place, event in enumerate(self.waiting) if place in chosen]
        self.waiting = [event for place, event in enumerate(self.waiting) if place not in chosen]
        if self.heard:
            arriving += data.draw(st.lists(st.sampled_from(self.heard), max_size=5))
        self.tell(data.draw(st.permutations(arriving)))

    @rule()
    def obey(self) -> None:
        """Customers carries out what was ordered."""
        self.run(self.scene.obey())

    def tell(self, events: list[Any]) -> None:
        """Deliver a batch."""
        self.run(self.scene.say(*events))
        self.heard += events

    def teardown(self) -> None:
        """Everything arrives; orders are carried out until there are no more."""
        self.tell(self.waiting)
        self.run(self.scene.obey())
        assert self.run(self.scene.orders()) == []
        for line in self.lines:
            held = HoldReason.NON_PAYMENT in line.holds
            assert held is self.deserves(line), (line, self.invoices)
        assert self.run(self.scene.broken_invariants()) == {}

    def deserves(self, line: Line) -> bool:
        """What the facts say of a line, by the rule and nothing else."""
        debts = [
            Debt(
                each.id,
                each.number,
                each.currency,
                each.total_minor - each.allocated_minor,
                each.due_on,
            )
            for place, each in enumerate(self.invoices)
            if place not in self.voided
            and (self.policy.suspend_scope is SuspendScope.CUSTOMER or each.line_id == line.id)
        ]
        verdict = deserved(debts, self.policy, self.scene.today)
        return verdict.justified and line.status is not LineStatus.NOT_INSTALLED


@pytest.mark.parametrize(
    ("scope", "grace_days", "minimum"),
    [("line", 0, "0.01"), ("customer", 0, "0.01"), ("line", 2, "0.03"), ("customer", 1, "0.02")],
)
def test_any_order_and_repetition_ends_in_the_deserved_state(
    scene: Scene, loop: asyncio.AbstractEventLoop, scope: str, grace_days: int, minimum: str
) -> None:
    run = loop.run_until_complete
    run(
        scene.put_policy(
            suspend_scope=scope, grace_days=grace_days, minimum_debt={"amount": minimum}
        )
    )
    run(settled(scene.running, scene))
    policy = Policy(2, grace_days, int(minimum[2:]), "USD", SuspendScope(scope), active=True)

    class InThisScene(AnyOrder):
        def __init__(self) -> None:
            super().__init__(scene, run, policy)

    run_state_machine_as_test(
        InThisScene,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
