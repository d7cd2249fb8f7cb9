"""What must be of a few lines, said a second time in plain Python: the oracle of a history.

It knows one policy: scope line, no grace, warn on day 3, cut on day 10, back with nothing due.
It is told each thing as it happens and judges at once, as the service should; so whether a
line is off, and when it came to which stage, must agree exactly and at any moment.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from services.collections.tests.integration.scene import Invoice, Line
from shared.contracts.customers import HoldReason, LineStatus

WARN, CUT = 3, 10
POLICY: Final[dict[str, Any]] = {
    "stages": [
        {"code": "warn", "kind": "warn", "day": WARN},
        {"code": "cut", "kind": "suspend", "day": CUT},
    ],
    "restore": {"rule": "zero"},
}
LADDER: Final = (("warn", WARN), ("cut", CUT))


@dataclass(slots=True)
class Bill:
    """An invoice with what was given up of it."""

    invoice: Invoice
    version: int = 1
    credited: int = 0
    written_off: int = 0
    voided: bool = False

    @property
    def open(self) -> int:
        """What is still asked."""
        left = self.invoice.total_minor - self.credited - self.written_off
        return 0 if self.voided else max(0, left - self.invoice.allocated_minor)


@dataclass(slots=True)
class Relief:
    """Something that takes debts of a line out of the count: all, or up to an amount."""

    what: str
    line: Line
    source: UUID
    bill: Bill | None = None
    amount: int | None = None
    until: date | None = None
    restores: bool = True
    over: bool = False
    whole_customer: bool = False

    def counts(self, today: date) -> bool:
        """Whether it is in force."""
        return not self.over and (self.until is None or today <= self.until)

    def covers(self, bill: Bill) -> bool:
        """Whether a debt is among those it is for."""
        if self.bill is not None:
            return bill is self.bill
        mine = bill.invoice.customer_id == self.line.customer_id
        return mine and (self.whole_customer or bill.invoice.line_id == self.line.id)


@dataclass(slots=True)
class Agreed:
    """A promise or a plan: the days by which money is to have come, and what has.

    A plan is about certain bills; a promise about whatever its line owes.
    """

    relief: Relief
    days: list[tuple[date, int]]
    bills: list[Bill] | None = None
    received: int = 0
    status: str = "open"

    def takes(self, bill: Bill) -> bool:
        """Whether money for a bill is money for it."""
        if self.bills is None:
            return bill.invoice.line_id == self.relief.line.id
        return any(bill is each for each in self.bills)

    def judge(self, today: date, *, gone: bool) -> None:
        """Kept by the money, broken by a day, or over because nothing is owed any more."""
        if self.status != "open":
            return
        wanted = covered = 0
        if self.bills is not None:
            self.relief.amount = sum(bill.open for bill in self.bills)
            gone = self.relief.amount == 0
        for day, amount in self.days:
            wanted += amount
            if self.received >= wanted:
                covered += 1
            elif today > day and not gone:
                self._end("broken")
                return
        if covered == len(self.days):
            self._end("kept")
        elif gone:
            self._end("cancelled")
        elif self.relief.what == "plan":
            self.relief.restores = covered > 0

    def _end(self, status: str) -> None:
        self.status, self.relief.over = status, True


@dataclass(slots=True)
class Upheld:
    """A dispute that was decided for the customer: what its invoice is still to be lowered by."""

    relief: Relief
    waiting: int


@dataclass
class Oracle:
    """What happened, and what must therefore be."""

    today: date
    lines: list[Line]
    bills: list[Bill] = field(default_factory=list)
    reliefs: list[Relief] = field(default_factory=list)
    agreed: list[Agreed] = field(default_factory=list)
    upheld: list[Upheld] = field(default_factory=list)
    exempt: dict[UUID, date] = field(default_factory=dict)
    off: dict[UUID, bool] = field(default_factory=dict)
    reached: dict[UUID, dict[str, date]] = field(default_factory=dict)

    def owed(self, line: Line) -> list[Bill]:
        """What a line owes, the oldest first."""
        found = [bill for bill in self.bills if bill.open and bill.invoice.line_id == line.id]
        return sorted(found, key=lambda bill: (bill.invoice.due_on, bill.invoice.id.int))

    def overdue(self, line: Line) -> list[Bill]:
        """What of it is late."""
        return [bill for bill in self.owed(line) if bill.invoice.due_on < self.today]

    def counting(self, line: Line, *, off: bool) -> list[tuple[date, int]]:
        """What is left of what a line owes, by due date; helped by what restores, if off."""
        left = [(bill, bill.open) for bill in self.owed(line)]
        for relief in self.reliefs:
            if relief.counts(self.today) and (not off or relief.restores):
                left = _after(left, relief)
        return [(bill.invoice.due_on, rest) for bill, rest in left]

    def money(self, bill: Bill, amount: int) -> None:
        """Money came for a bill."""
        for each in self.agreed:
            if each.status == "open" and each.takes(bill) and self.today <= each.days[-1][0]:
                each.received += amount

    def lowered(self, bill: Bill, amount: int) -> None:
        """Something was taken off an invoice: what was upheld waits for less, the oldest first."""
        for each in self.upheld:
            if each.relief.bill is bill:
                taken = each.waiting if bill.voided else min(amount, each.waiting)
                amount -= taken
                each.waiting -= taken
                each.relief.amount = max(each.waiting, 1)
                each.relief.over = each.relief.over or not each.waiting

    def settle(self) -> None:
        """Judge agreements and every line by what is so now."""
        for _ in range(2):  # an agreement that ends may change what its line deserves
            for each in self.agreed:
                each.judge(self.today, gone=not self.overdue(each.relief.line))
        for line in self.lines:
            self._judge(line)

    def _judge(self, line: Line) -> None:
        overdue = self.overdue(line)
        exempt = self.today <= self.exempt.get(line.id, date.min)
        reached = self.reached.setdefault(line.id, {})
        counted = [day for day, _ in self.counting(line, off=False) if day < self.today]
        late = (self.today - min(counted)).days if counted else 0
        cut = False
        if not exempt:
            cut = self._climb(line, reached, late)
        if line.status is LineStatus.CANCELLED:
            self.off[line.id] = False
        elif self.off.get(line.id):
            due = any(day <= self.today for day, _ in self.counting(line, off=True))
            self.off[line.id] = due and not exempt and not line.essential
        elif line.status is not LineStatus.NOT_INSTALLED:
            self.off[line.id] = cut and not line.essential
        if not overdue:
            reached.clear()

    def _climb(self, line: Line, reached: dict[str, date], late: int) -> bool:
        """Come to stages; whether the line is to be cut."""
        before: tuple[date, int] | None = None
        for code, day in LADDER:
            if late < day or (code == "cut" and line.essential):
                return False
            if code not in reached:
                if before is not None and before[0] + timedelta(days=day - before[1]) > self.today:
                    return False
                reached[code] = self.today
            before = reached[code], day
        return True

    def fraud(self, line: Line) -> bool:
        """Whether others hold a line."""
        return HoldReason.FRAUD in line.holds


def _after(left: list[tuple[Bill, int]], relief: Relief) -> list[tuple[Bill, int]]:
    remaining, found = relief.amount, []
    for bill, rest in left:
        taken = 0
        if relief.covers(bill):
            taken = rest if remaining is None else min(rest, remaining)
            remaining = None if remaining is None else remaining - taken
        if taken < rest:
            found.append((bill, rest - taken))
    return found
