"""Any history of debts, money, agreements and holds leaves every line as its facts deserve.

Facts come, people agree and days pass as they like. After each step the service must have
ordered exactly what the oracle (services.collections.tests.integration.history) says, and
after each day everything else must hold, too: the invariants that production checks, stages
in their order and distance, and every decision made again from its record to the byte.

`--hypothesis-profile=long` tells hundreds of histories instead of a few.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.collections.decisions import store as decisions
from services.collections.decisions.replay import replay
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.history import (
    CUT,
    POLICY,
    WARN,
    Agreed,
    Bill,
    Oracle,
    Relief,
    Upheld,
)
from services.collections.tests.integration.scene import Line, Scene
from services.collections.tests.integration.test_payments_under_way import (
    allocated,
    failed,
    pending,
)
from services.collections.tests.integration.test_policies import publish
from shared.contracts.billing import CreditSettlement, InvoiceCredited, InvoiceWrittenOff
from shared.contracts.customers import HoldReason, LineStatus, LineUpdated
from shared.contracts.payments import PaymentPending
from shared.ids import new_id
from shared.money import Money

PLACES = st.integers(0, 2)


class AnyHistory(RuleBasedStateMachine):
    """Three lines of two customers; what happens to them is told to service and oracle."""

    def __init__(self, scene: Scene, client: httpx.AsyncClient, run: Callable[[Any], Any]) -> None:
        super().__init__()
        self.scene, self.client, self.run = scene, client, run
        self.pending: list[tuple[PaymentPending, Bill, Relief]] = []
        self.disputes: list[tuple[str, Relief]] = []
        self.exemptions: dict[UUID, str] = {}
        self.generations: dict[UUID, int] = {}
        self.told: list[Any] = []
        self.deaf = False

    @initialize(late=st.lists(st.sampled_from([None, 2, 8, 12]), min_size=3, max_size=3))
    def customers(self, late: list[int | None]) -> None:
        """Of each line nothing is owed, or so long that it is soon warned, or is off already."""
        lines = self.run(self.scene.customer(lines=2)) + self.run(self.scene.customer(lines=1))
        self.oracle = Oracle(self.scene.today, lines)
        for place, days in enumerate(late):
            if days is not None:
                self.issue_for(place, days, 5)
        self.days_pass_by(CUT - WARN)

    def tell(self, *events: Any) -> None:
        """Say what happened; then what is ordered must be what is deserved."""
        self.run(self.scene.say(*events))
        self.told += events
        self.compare()

    def compare(self) -> None:
        """Hold the orders against the oracle, and have them carried out unless nobody listens."""
        self.oracle.settle()
        if not self.deaf:
            self.run(self.scene.obey())
        ordered = self.run(self._ordered())
        for place, line in enumerate(self.oracle.lines):
            order, generation = ordered.get(line.id, (None, 0))
            off = order == "suspend" and line.status is not LineStatus.CANCELLED
            assert off is self.oracle.off.get(line.id, False), f"line {place}"
            assert generation >= self.generations.get(line.id, 0)
            self.generations[line.id] = generation
            if not self.deaf:
                assert (HoldReason.NON_PAYMENT in line.holds) is off

    async def _ordered(self) -> dict[UUID, tuple[str, int]]:
        rows = await self.scene.rows(
            "SELECT line_id, ordered, generation FROM line_enforcement WHERE line_id = ANY(%s)",
            [line.id for line in self.oracle.lines],
        )
        return {row["line_id"]: (row["ordered"], row["generation"]) for row in rows}

    def bills(self) -> list[Bill]:
        """Of which something is open."""
        return [bill for bill in self.oracle.bills if bill.open]

    def drawn(self, data: st.DataObject) -> Bill:
        """One of them."""
        return self.bills()[data.draw(st.integers(0, len(self.bills()) - 1), label="bill")]

    @rule(place=PLACES, late=st.integers(-2, 12), total=st.integers(1, 9))
    def issue(self, place: int, late: int, total: int) -> None:
        """An invoice, late already or not yet."""
        self.issue_for(place, late, total)

    def issue_for(self, place: int, late: int, total: int) -> None:
        """Billing issues an invoice for a line."""
        made = self.scene.invoice(self.oracle.lines[place], late, total)
        self.oracle.bills.append(Bill(made))
        self.tell(made.issued())

    @precondition(lambda self: self.bills())
    @rule(data=st.data(), whole=st.booleans())
    def pay(self, data: st.DataObject, whole: bool) -> None:
        """Money comes for one."""
        bill = self.drawn(data)
        amount = bill.open if whole else 1
        made = bill.invoice.paid(amount).model_copy(update={"received_on": self.scene.today})
        self.oracle.money(bill, amount)
        self.tell(made)

    @precondition(lambda self: any(bill.invoice.allocated_minor for bill in self.oracle.bills))
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """Money is taken back from one."""
        paid = [bill for bill in self.oracle.bills if bill.invoice.allocated_minor]
        bill = data.draw(st.sampled_from(paid))
        self.tell(bill.invoice.taken_back(data.draw(st.integers(1, bill.invoice.allocated_minor))))

    @precondition(lambda self: self.bills())
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        """One of which nothing is paid or given up is annulled."""
        bill = self.drawn(data)
        if bill.open == bill.invoice.total_minor:
            bill.voided = True
            self.oracle.lowered(bill, 0)
            self.tell(bill.invoice.voided())

    @precondition(lambda self: self.bills())
    @rule(data=st.data(), credit=st.booleans())
    def give_up(self, data: st.DataObject, credit: bool) -> None:
        """A credit note or a write-off, for some or all of what is open."""
        bill = self.drawn(data)
        amount = data.draw(st.integers(1, bill.open), label="amount")
        bill.version += 1
        if credit:
            bill.credited += amount
        else:
            bill.written_off += amount
        self.oracle.lowered(bill, amount)
        self.tell(self.given_up(bill, amount, credit=credit))

    def given_up(self, bill: Bill, amount: int, *, credit: bool) -> Any:
        """What billing says of it."""
        facts: dict[str, Any] = {
            "invoice_id": bill.invoice.id,
            "customer_id": bill.invoice.customer_id,
            "line_id": bill.invoice.line_id,
            "version": bill.version,
            "adjustment_id": new_id(),
            "number": None,
            "amount_minor": amount,
            "currency": "USD",
            "credited_minor": bill.credited,
            "written_off_minor": bill.written_off,
            "adjusted_on": self.scene.today,
            "reason": "goodwill",
        }
        if credit:
            return InvoiceCredited(**facts, settlement=CreditSettlement.CREDIT)
        return InvoiceWrittenOff(**facts)

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def say_again(self, data: st.DataObject) -> None:
        """Facts come once more, in any order: nothing may follow."""
        again = data.draw(st.lists(st.sampled_from(self.told), min_size=1, max_size=4))
        self.run(self.scene.say(*(each for each in again if repeatable(each))))
        self.compare()

    @precondition(lambda self: self.bills())
    @rule(data=st.data(), arrives=st.sampled_from(["first", "later", "never"]))
    def pay_by_card(self, data: st.DataObject, arrives: str) -> None:
        """A payer confirms a payment; its money may be heard of first."""
        bill = self.drawn(data)
        payment = pending(self.line_of(bill), bill.invoice).model_copy(
            update={"amount_minor": bill.open}
        )
        if arrives == "first":
            self.arrive(payment, bill)
            self.tell(payment)
            return
        line = self.line_of(bill)
        relief = Relief("card", line, payment.payment_id, bill, bill.open, until=self.scene.today)
        self.oracle.reliefs.append(relief)
        if arrives == "later":
            self.pending.append((payment, bill, relief))
        self.tell(payment)

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), well=st.booleans())
    def hear_of_card(self, data: st.DataObject, well: bool) -> None:
        """It arrives, or comes to nothing."""
        payment, bill, relief = self.pending.pop(
            data.draw(st.integers(0, len(self.pending) - 1), label="payment")
        )
        relief.over = True
        if well and bill.open:
            self.arrive(payment.model_copy(update={"amount_minor": bill.open}), bill)
        else:
            self.tell(failed(payment))

    def arrive(self, payment: PaymentPending, bill: Bill) -> None:
        """Its money is put against the invoice."""
        made = allocated(payment, bill.invoice).model_copy(update={"received_on": self.scene.today})
        self.oracle.money(bill, payment.amount_minor)
        self.tell(made)

    @rule(place=PLACES, days=st.integers(0, 6), part=st.booleans(), reconnect=st.booleans())
    def promise(self, place: int, days: int, part: bool, reconnect: bool) -> None:
        """Somebody promises to pay some or all of what is overdue."""
        line, day = self.oracle.lines[place], self.scene.today + timedelta(days=days)
        body: dict[str, Any] = {"promised_for": day.isoformat(), "reconnect": reconnect}
        if part:
            body["amount"] = {"amount": "0.01"}
        made = self.run(self.agree(line, "promises", body))
        if made is not None:
            amount = Money.parse(made["amount"]["amount"], made["amount"]["currency"]).minor
            relief = Relief("promise", line, UUID(made["id"]), until=day, restores=reconnect)
            self.oracle.reliefs.append(relief)
            self.oracle.agreed.append(Agreed(relief, [(day, amount)]))
        self.compare()

    @rule(place=PLACES, first=st.integers(0, 4), second=st.integers(5, 12))
    def plan(self, place: int, first: int, second: int) -> None:
        """Somebody agrees to pay what is overdue in two instalments."""
        line = self.oracle.lines[place]
        bills = self.oracle.overdue(line)
        debt = sum(bill.open for bill in bills)
        if debt < 2:
            return
        days = [
            (self.scene.today + timedelta(days=first), 1),
            (self.scene.today + timedelta(days=second), debt - 1),
        ]
        instalments = [
            {"due_on": day.isoformat(), "amount": {"amount": f"{amount / 100:.2f}"}}
            for day, amount in days
        ]
        made = self.run(self.agree(line, "plans", {"instalments": instalments}))
        if made is not None:
            relief = Relief("plan", line, UUID(made["id"]), amount=debt, restores=False)
            self.oracle.reliefs.append(relief)
            self.oracle.agreed.append(Agreed(relief, days, bills))
        self.compare()

    async def agree(self, line: Line, what: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Make an agreement for the case of a line; None when there is none, or it is refused."""
        rows = await self.scene.rows(
            "SELECT id FROM dunning_case WHERE line_id = %s AND cured_on IS NULL", line.id
        )
        if not rows:
            return None
        answer = await self.client.post(f"/collections/cases/{rows[0]['id']}/{what}", json=body)
        assert answer.status_code in (201, 404, 409), answer.text
        made: dict[str, Any] = answer.json()
        return made if answer.status_code == 201 else None

    @precondition(lambda self: self.bills())
    @rule(data=st.data())
    def dispute(self, data: st.DataObject) -> None:
        """Somebody says that an amount is not owed."""
        bill = self.drawn(data)
        line = self.line_of(bill)
        amount = data.draw(st.integers(1, bill.open), label="amount")
        body = {
            "invoice_id": str(bill.invoice.id),
            "amount": {"amount": f"{amount / 100:.2f}"},
            "reason": "never had it",
        }
        made = self.run(self.agree(line, "disputes", body))
        if made is not None:
            relief = Relief("dispute", line, UUID(made["id"]), bill, amount)
            self.oracle.reliefs.append(relief)
            self.disputes.append((made["id"], relief))
        self.compare()

    @precondition(lambda self: self.disputes)
    @rule(data=st.data(), upheld=st.booleans())
    def decide(self, data: st.DataObject, upheld: bool) -> None:
        """It is decided."""
        dispute_id, relief = self.disputes.pop(
            data.draw(st.integers(0, len(self.disputes) - 1), label="dispute")
        )
        body = {"outcome": "upheld" if upheld else "rejected"}
        path = f"/collections/disputes/{dispute_id}/resolve"
        answer = self.run(self.client.post(path, json=body))
        assert answer.status_code == 200, answer.text
        assert relief.bill is not None
        assert relief.amount is not None
        relief.over = not upheld or relief.bill.voided
        if upheld and not relief.bill.voided:
            self.oracle.upheld.append(Upheld(relief, relief.amount))
        self.compare()

    @rule(place=PLACES)
    def hold_or_lift(self, place: int) -> None:
        """A line is held for fraud, or that hold is lifted."""
        line = self.oracle.lines[place]
        if line.status is LineStatus.CANCELLED:
            return
        others = tuple(hold for hold in line.holds if hold is not HoldReason.FRAUD)
        line.holds = others if HoldReason.FRAUD in line.holds else (*others, HoldReason.FRAUD)
        line.status = LineStatus.SUSPENDED if line.holds else LineStatus.ACTIVE
        self.describe(line)

    @rule(place=PLACES)
    def essential_or_not(self, place: int) -> None:
        """A line becomes essential, or is so no more."""
        line = self.oracle.lines[place]
        if line.status is not LineStatus.CANCELLED:
            line.essential = not line.essential
            self.describe(line)

    def describe(self, line: Line) -> None:
        """Customers says how a line is now."""
        line.version += 1
        self.tell(LineUpdated(**line.facts()))

    @precondition(lambda self: not self.deaf)
    @rule(place=PLACES)
    def cancel(self, place: int) -> None:
        """A line is given up, debts and all."""
        line = self.oracle.lines[place]
        if line.status is not LineStatus.CANCELLED and place != 0:
            self.run(self.scene.cancel(line))
            self.compare()

    @rule(place=PLACES, days=st.integers(0, 6))
    def exempt_or_revoke(self, place: int, days: int) -> None:
        """A line is exempt until a day, or that is revoked."""
        line = self.oracle.lines[place]
        known = self.exemptions.pop(line.id, None)
        if known is not None:
            answer = self.run(self.client.post(f"/collections/exemptions/{known}/revoke"))
            assert answer.status_code == 200, answer.text
            del self.oracle.exempt[line.id]
        else:
            until = self.scene.today + timedelta(days=days)
            body = {"line_id": str(line.id), "reason": "hospital", "until_on": until.isoformat()}
            answer = self.run(self.client.post("/collections/exemptions", json=body))
            assert answer.status_code == 201, answer.text
            self.exemptions[line.id] = answer.json()["id"]
            self.oracle.exempt[line.id] = until
        self.compare()

    @rule()
    def listen_or_not(self) -> None:
        """Orders wait on their way, or all that waited are carried out."""
        self.deaf = not self.deaf
        self.compare()

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        """The calendar moves and the jobs run."""
        self.days_pass_by(days)

    def days_pass_by(self, days: int) -> None:
        """Move the clock, run every timer, and look at everything."""
        self.run(self.scene.pass_days(days))
        self.run(settled(self.scene.running, self.scene))
        self.oracle.today = self.scene.today
        self.compare()
        self.prove()

    def prove(self) -> None:
        """What must hold besides."""
        assert self.run(self.scene.broken_invariants()) == {}
        stages = self.run(self._stages())
        for line in self.oracle.lines:
            found = stages.get(line.id, {})
            reached = {code: day for code, day in self.oracle.reached[line.id].items()}
            assert found == reached
            if "cut" in found:
                assert (found["cut"] - found["warn"]).days >= CUT - WARN

    async def _stages(self) -> dict[UUID, dict[str, Any]]:
        """The stages reached in each line's open case, with their days."""
        rows = await self.scene.rows(
            "SELECT c.line_id, s.stage, s.reached_on FROM case_stage AS s"
            " JOIN dunning_case AS c ON c.id = s.case_id"
            " WHERE c.cured_on IS NULL AND c.line_id = ANY(%s)",
            [line.id for line in self.oracle.lines],
        )
        found: dict[UUID, dict[str, Any]] = {}
        for row in rows:
            found.setdefault(row["line_id"], {})[row["stage"]] = row["reached_on"]
        return found

    def line_of(self, bill: Bill) -> Line:
        """The line an invoice is for."""
        return self.scene.lines[bill.invoice.line_id]  # type: ignore[index] # all have one

    def teardown(self) -> None:
        """Everything is paid: nobody stays off; and every decision comes out the same again."""
        if not hasattr(self, "oracle"):
            return
        self.deaf = False
        for bill in self.bills():
            amount = bill.open
            self.oracle.money(bill, amount)
            made = bill.invoice.paid(amount)
            self.run(self.scene.say(made.model_copy(update={"received_on": self.scene.today})))
        self.compare()
        assert not any(HoldReason.NON_PAYMENT in line.holds for line in self.oracle.lines)
        self.prove()
        self.run(self._replay())

    async def _replay(self) -> None:
        async with self.scene.running.db.session(None) as session:
            for line in self.oracle.lines:
                found = await decisions.latest_of_line(
                    session, self.scene.organization.id, line.id, 1000
                )
                for shown in found:
                    again = replay(shown.decision, shown.policy.as_policy())
                    assert again.equal, (again.recorded, again.replayed)


def repeatable(event: Any) -> bool:
    """Whether saying it again says nothing new: a pending payment may have come to its end."""
    return not isinstance(event, PaymentPending)


@pytest.mark.timeout(0)
def test_every_line_is_as_its_history_deserves(
    scene: Scene, client: httpx.AsyncClient, loop: asyncio.AbstractEventLoop
) -> None:
    run = loop.run_until_complete
    run(publish(scene, client, **POLICY))

    class InThisScene(AnyHistory):
        def __init__(self) -> None:
            super().__init__(scene, client, run)

    run_state_machine_as_test(
        InThisScene,
        settings=settings(
            max_examples=600 if settings.get_current_profile_name() == "long" else 7,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
