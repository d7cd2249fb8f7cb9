"""Random histories of invoices end where the equation says, whatever overtakes what.

Payments is played by `Receivable`, which keeps the equation strictly, as the real one does
under its row lock; its facts reach billing late, repeated and in any order.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.billing.clock.timers import due_clock
from services.billing.credit_notes.operations import Wanted, credit
from services.billing.credit_notes.problems import CreditExceedsInvoice, NothingToCredit
from services.billing.invoices.problems import (
    InvoiceAdjusted,
    InvoiceHasAllocations,
    InvoiceNotIssued,
)
from services.billing.invoices.rules import Amounts
from services.billing.tests.integration.facts import NOON, TODAY, allocation, debt, page
from services.billing.voids.operations import void
from services.billing.write_offs.operations import write_off
from services.billing.write_offs.problems import NothingOpen, WriteOffExceedsOpen
from shared import clock
from shared.contracts.billing import (
    CreditSettlement,
    InvoiceCredited,
    InvoiceOverdue,
    InvoiceSettled,
    InvoiceVoided,
    InvoiceWrittenOff,
)
from shared.contracts.payments import AllocationReversed
from shared.money import Money, MoneyIn
from shared.testing import Running

TOTAL = 10_000
CONFLICTING = (
    CreditExceedsInvoice,
    NothingToCredit,
    NothingOpen,
    WriteOffExceedsOpen,
    InvoiceHasAllocations,
    InvoiceAdjusted,
    InvoiceNotIssued,
)
STEPS = ("credit", "write_off", "pay", "take_back", "hear", "tell", "void", "day")


@dataclass
class Receivable:
    """An invoice as payments knows it: what it heard of billing, and the money it has."""

    invoice_id: UUID
    credited: int = 0
    allocated: int = 0
    void: bool = False
    version: int = 0
    untold: list[Any] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """The most that may be allocated: what was given up may still be paid."""
        return 0 if self.void else TOTAL - self.credited

    def pay(self, minor: int) -> None:
        """Take money up to what is open and what was given up."""
        minor = min(minor, self.asked - self.allocated)
        if minor > 0:
            self._now(self.allocated + minor)

    def take_back(self) -> None:
        """The bank takes all of the money back."""
        if self.allocated:
            self._now(0)

    def hear(self, fact: Any) -> None:
        """A credit note, a write-off or a void; money in excess of what is asked goes."""
        if isinstance(fact, InvoiceVoided):
            self.void = True
        else:
            self.credited = max(self.credited, fact.credited_minor)
        if self.allocated > self.asked:
            self._now(self.asked)

    def _now(self, allocated: int) -> None:
        kind = {"kind": AllocationReversed} if allocated < self.allocated else {}
        self.version += 1
        self.allocated = allocated
        self.untold.append(
            allocation(
                self.invoice_id,
                allocated,
                self.version,
                **kind,  # type: ignore[arg-type]  # one of two classes
            )
        )


@dataclass
class History:
    """What billing has been asked to do, and what it said."""

    service: Running
    receivables: dict[UUID, Receivable]
    said: list[Any] = field(default_factory=list)
    unheard: list[Any] = field(default_factory=list)

    async def listen(self) -> None:
        """Take what billing said; payments hears it when its turn comes."""
        facts = [event.data for event in await self.service.emitted()]
        self.said += facts
        self.unheard += [
            f for f in facts if isinstance(f, InvoiceCredited | InvoiceWrittenOff | InvoiceVoided)
        ]

    async def request(self, step: str, invoice_id: UUID, minor: int) -> None:
        """A person credits, gives up or voids; a refusal changes nothing."""
        organization = self.service.organization
        amount = MoneyIn(amount=Money(minor, "USD").decimal_text)
        try:
            async with self.service.api_db.session(organization.id) as session:
                if step == "credit":
                    wanted = Wanted("x", CreditSettlement.CREDIT, amount, None)
                    await credit(session, organization, invoice_id, wanted, by="test")
                elif step == "write_off":
                    await write_off(session, organization, invoice_id, amount, "x", by="test")
                else:
                    await void(session, organization, invoice_id, None, "x")
        except CONFLICTING:
            pass

    async def tell(self, data: st.DataObject) -> None:
        """Some of payments' facts reach billing, in any order, some of them twice."""
        untold = [fact for each in self.receivables.values() for fact in each.untold]
        if untold:
            chosen = data.draw(st.lists(st.sampled_from(untold), max_size=4), label="told")
            result = await self.service.deliver(*chosen)
            assert result.failures == []


steps = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 1), st.integers(1, TOTAL)),
    min_size=3,
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps, data=st.data())
async def test_whatever_happens_in_whatever_order_the_equation_holds_and_the_clock_speaks_once(
    service: Running,
    noon: clock.FrozenClock,
    steps: list[tuple[str, int, int]],
    data: st.DataObject,
) -> None:
    noon.move_to(max(noon.at, NOON))
    today = service.organization.today()
    rows = [debt(at, amount_minor=TOTAL, due_on=today + timedelta(days=at)) for at in (0, 1)]
    await service.deliver(page(*rows))
    history = History(service, {row.invoice_id: Receivable(row.invoice_id) for row in rows})
    for step, which, minor in steps:
        receivable = history.receivables[rows[which].invoice_id]
        await history.listen()
        match step:
            case "pay":
                receivable.pay(minor)
            case "take_back":
                receivable.take_back()
            case "hear":
                for fact in history.unheard:
                    history.receivables[fact.invoice_id].hear(fact)
                history.unheard.clear()
            case "tell":
                await history.tell(data)
            case "day":
                noon.advance(timedelta(days=1))
                await service.run_timer(due_clock)
            case _:
                await history.request(step, receivable.invoice_id, minor)

    await finish(history, noon)
    for receivable in history.receivables.values():
        await judge(history, receivable)


async def finish(history: History, noon: clock.FrozenClock) -> None:
    """Everything is heard and told, newest first, and both due dates pass."""
    await history.listen()
    for fact in history.unheard:
        history.receivables[fact.invoice_id].hear(fact)
    untold = [fact for each in history.receivables.values() for fact in reversed(each.untold)]
    assert (await history.service.deliver(*untold)).failures == []
    noon.advance(timedelta(days=3))
    await history.service.run_timer(due_clock)
    await history.listen()


async def judge(history: History, receivable: Receivable) -> None:
    """Both sides agree, and what was announced was announced once."""
    invoice_id = receivable.invoice_id
    async with history.service.db.transaction(None) as tx:
        cursor = await tx.execute("SELECT * FROM invoice WHERE id = %s", (invoice_id,))
        row = await cursor.fetchone()
    assert row is not None
    void = row["document"] == "void"
    amounts = Amounts(
        TOTAL, row["allocated_minor"], row["credited_minor"], row["written_off_minor"]
    )
    assert (amounts.credited_minor, void) == (receivable.credited, receivable.void)
    assert amounts.allocated_minor == receivable.allocated <= receivable.asked
    if not void:
        asked = TOTAL - amounts.credited_minor - amounts.given_up_minor
        assert row["recovered_minor"] == amounts.recovered_minor
        assert row["open_minor"] == amounts.open_minor == asked - amounts.allocated_minor
    assert (row["settled_on"] is not None) == (not void and row["open_minor"] == 0)
    overdue = [f for f in history.said if isinstance(f, InvoiceOverdue)]
    times = sum(fact.invoice_id == invoice_id for fact in overdue)
    assert times <= 1
    assert times == 1 or row["open_minor"] == 0
    if row["settled_on"] is not None:
        settled = [f for f in history.said if isinstance(f, InvoiceSettled)]
        assert any(fact.invoice_id == invoice_id for fact in settled)
    assert row["issued_on"] >= TODAY
