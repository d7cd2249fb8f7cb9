"""Random histories of one customer: any cut of them adds up, and the past stays as it was told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.billing.statements import store
from services.billing.statements.rules import Kind, Scope, Sums
from services.billing.tests.integration.facts import NOON, known_customer, payment, put, returned
from shared import clock
from shared.contracts.event import EventData
from shared.contracts.payments import (
    PaymentChargedBack,
    PaymentReceived,
    PaymentRefunded,
    PaymentReversed,
)
from shared.ids import new_id
from shared.testing import Running

RETURNS: Final = (PaymentRefunded, PaymentReversed, PaymentChargedBack)
INVOICE: Final = """
INSERT INTO invoice (id, organization_id, customer_id, document, series, sequence, number, currency,
    subtotal_minor, tax_minor, total_minor, issued_on, issued_at, due_on)
SELECT %(id)s, %(organization_id)s, %(customer_id)s, 'issued', 'T', n, 'T-' || n, 'USD',
    %(amount)s, 0, %(amount)s, %(day)s, %(at)s, %(day)s::date + 15
FROM (SELECT 1 + count(*) AS n FROM invoice) AS counted
"""
VOID: Final = """
UPDATE invoice SET document = 'void', voided_on = %(day)s, voided_at = %(at)s, void_reason = 'x'
WHERE id = %(id)s
"""
CREDIT: Final = """
INSERT INTO credit_note (id, organization_id, customer_id, invoice_id, series, sequence, number,
    currency, net_minor, tax_minor, total_minor, settlement, reason, issued_on, issued_at,
    issued_by)
SELECT gen_random_uuid(), %(organization_id)s, %(customer_id)s, %(id)s, 'C', n, 'C-' || n, 'USD',
    %(amount)s, 0, %(amount)s, 'credit', 'x', %(day)s, %(at)s, 'test'
FROM (SELECT 1 + count(*) AS n FROM credit_note) AS counted
"""
GIVE_UP: Final = """
INSERT INTO write_off (id, organization_id, customer_id, invoice_id, currency, amount_minor,
    before_minor, reason, written_off_on, written_off_at, written_off_by)
SELECT gen_random_uuid(), %(organization_id)s, %(customer_id)s, %(id)s, 'USD', %(amount)s, 0, 'x',
    %(day)s, %(at)s, 'test'
"""


@dataclass
class Bill:
    """An invoice in the model."""

    id: UUID
    total: int
    credited: int = 0
    lost: int = 0
    paid: int = 0
    void: bool = False

    @property
    def recovered(self) -> int:
        """Of what was written off, what money came for."""
        return max(0, self.paid + self.credited + self.lost - self.total)

    @property
    def open(self) -> int:
        """What is still asked for."""
        return 0 if self.void else max(0, self.total - self.credited - self.lost - self.paid)

    @property
    def payable(self) -> int:
        """What money is still taken for."""
        return 0 if self.void else self.total - self.credited - self.paid


@dataclass
class Money:
    """A payment in the model: what of it is unused, and what lies where."""

    fact: PaymentReceived
    unused: int
    put: dict[UUID, int] = field(default_factory=dict)


@dataclass
class Story:
    """One customer's books, kept by hand."""

    service: Running
    customer_id: UUID
    now: datetime = NOON
    bills: list[Bill] = field(default_factory=list)
    moneys: list[Money] = field(default_factory=list)
    versions: int = 0

    @property
    def today(self) -> date:
        """The organization's day."""
        return self.service.organization.local_date(self.now)

    @property
    def owed(self) -> int:
        """Open invoices less unused money."""
        return sum(b.open for b in self.bills) - sum(m.unused for m in self.moneys)

    def version(self) -> int:
        """The next version of a receivable."""
        self.versions += 1
        return self.versions

    async def write(self, query: str, bill: Bill, amount: int = 0, back: int = 0) -> None:
        """Write a document of billing's own as its tables have it."""
        names: dict[str, Any] = {
            "id": bill.id,
            "organization_id": self.service.organization.id,
            "customer_id": self.customer_id,
            "amount": amount,
            "day": self.today - timedelta(days=back),
            "at": self.now,
        }
        async with self.service.db.transaction(None) as tx:
            await tx.execute(query, names)

    async def act(self, kind: str, amount: int, which: int, back: int) -> None:
        """Let something happen, if it may."""
        bill = self.bills[which % len(self.bills)] if self.bills else None
        if kind == "issue":
            made = Bill(new_id(), amount)
            self.bills.append(made)
            await self.write(INVOICE, made, amount, back)
        elif kind == "pay":
            await self.pay(amount, bill, back)
        elif kind == "return":
            await self.give_back(amount, which)
        elif bill is not None:
            await self.adjust(kind, bill, amount)

    async def adjust(self, kind: str, bill: Bill, amount: int) -> None:
        """Void, credit or write off an invoice."""
        if kind == "void" and not (bill.void or bill.paid or bill.credited or bill.lost):
            bill.void = True
            await self.write(VOID, bill)
        elif kind == "credit" and (most := min(amount, bill.open)):
            bill.credited += most
            await self.write(CREDIT, bill, most)
        elif kind == "write_off" and (most := min(amount, bill.open)):
            bill.lost += most
            await self.write(GIVE_UP, bill, most)
        elif kind == "use_credit":
            await self.use_credit(bill)

    async def pay(self, amount: int, bill: Bill | None, back: int) -> None:
        """Money comes for an invoice; the rest is credit."""
        fact = payment(self.customer_id, amount, received_on=self.today - timedelta(days=back))
        money = Money(fact, amount)
        self.moneys.append(money)
        facts: list[EventData] = [fact]
        if bill is not None:
            facts += self.move(money, bill, min(amount, bill.payable))
        await self.service.deliver(*facts)

    def move(self, money: Money, bill: Bill, amount: int) -> list[EventData]:
        """Put some of a payment against an invoice, or take it off."""
        if amount == 0:
            return []
        bill.paid += amount
        money.unused -= amount
        money.put[bill.id] = money.put.get(bill.id, 0) + amount
        return [put(money.fact, bill.id, amount, self.version())]

    async def use_credit(self, bill: Bill) -> None:
        """Put unused money against an invoice."""
        for money in self.moneys:
            amount = min(money.unused, bill.open)
            if amount > 0:
                await self.service.deliver(*self.move(money, bill, amount))

    async def give_back(self, amount: int, which: int) -> None:
        """Some of a payment goes away: what is unused first, then what was put."""
        if not self.moneys:
            return
        money = self.moneys[which % len(self.moneys)]
        amount = min(amount, money.unused + sum(money.put.values()))
        if amount == 0:
            return
        facts: list[EventData] = [
            returned(money.fact, amount, RETURNS[which % 3], returned_on=self.today)
        ]
        for bill in self.bills:
            lacking = amount - money.unused
            if lacking > 0 and money.put.get(bill.id, 0) > 0:
                whole = money.put[bill.id]
                facts += self.move(money, bill, -whole)
                facts += self.move(money, bill, whole - min(whole, lacking))
        money.unused -= amount
        await self.service.deliver(*facts)

    async def statement(
        self, from_on: date | None, until: date, known_at: datetime | None
    ) -> store.Whole:
        """What the service says."""
        scope = Scope(
            self.service.organization.id, self.customer_id, "USD", from_on, until, known_at
        )
        async with self.service.api_db.transaction(self.service.organization.id) as tx:
            return await store.whole(tx, scope, 1000)


def checked(found: store.Whole) -> Sums:
    """The figures, once they agree with each other and with the rows."""
    sums = found.sums
    moved = sum(row.amount_minor for row in found.movements)
    assert sums.opening_minor + moved == sums.closing_minor
    assert sums.closing_minor == sums.open_minor - sums.credit_minor
    assert sums.movements == len(found.movements)
    assert sums.open_minor == sum(row.open_minor for row in found.invoices)
    assert all(0 <= row.open_minor <= row.total_minor for row in found.invoices)
    return sums


def days(start: date, end: date) -> Iterator[date]:
    """Some days of a stretch."""
    step = max(1, (end - start).days // 4)
    yield from (start + timedelta(days=at) for at in range(0, (end - start).days + 1, step))


ACTIONS: Final = st.tuples(
    st.sampled_from(
        ["issue", "issue", "pay", "pay", "return", "void", "credit", "write_off", "use_credit"]
    ),
    st.integers(1, 3_000),
    st.integers(0, 5),
    st.integers(0, 6),
    st.integers(1, 50),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(ACTIONS, min_size=3, max_size=14))
async def test_any_cut_of_any_history_adds_up_and_the_past_stays_as_it_was_told(
    service: Running, history: list[tuple[str, int, int, int, int]]
) -> None:
    with clock.frozen(NOON) as frozen:
        story = Story(service, await known_customer(service))
        said: list[tuple[date, datetime, int, int]] = []
        for kind, amount, which, back, hours in history:
            story.now += timedelta(hours=hours)
            frozen.move_to(story.now)
            await story.act(kind, amount, which, back)
            sums = checked(await story.statement(None, story.today, None))
            assert sums.closing_minor == story.owed
            assert sums.open_minor == sum(bill.open for bill in story.bills)
            said.append((story.today, story.now, sums.closing_minor, sums.open_minor))

        for day, instant, closing, still_open in said:
            sums = checked(await story.statement(None, day, instant))
            assert (sums.closing_minor, sums.open_minor) == (closing, still_open)
        first = NOON.date() - timedelta(days=7)
        for until in days(first, story.today):
            closing = checked(await story.statement(None, until, None)).closing_minor
            for from_on in days(first, until):
                sums = checked(await story.statement(from_on, until, None))
                assert sums.closing_minor == closing
                before = await story.statement(None, from_on - timedelta(days=1), None)
                assert sums.opening_minor == before.sums.closing_minor


async def test_a_recovery_is_told_when_money_comes_and_taken_back_when_it_goes(
    service: Running,
) -> None:
    with clock.frozen(NOON) as frozen:
        story = Story(service, await known_customer(service))
        for kind, amount in (("issue", 1_000), ("write_off", 1_000), ("pay", 400), ("return", 100)):
            story.now += timedelta(days=1)
            frozen.move_to(story.now)
            await story.act(kind, amount, 0, 0)

        found = await story.statement(None, story.today, None)

    assert [(row.kind, row.amount_minor) for row in found.movements] == [
        (Kind.INVOICE, 1_000),
        (Kind.WRITE_OFF, -1_000),
        (Kind.RECOVERY, 400),
        (Kind.PAYMENT, -400),
        (Kind.RECOVERY, -100),
        (Kind.REFUND, 100),
    ]
    assert checked(found).closing_minor == story.owed == 0
