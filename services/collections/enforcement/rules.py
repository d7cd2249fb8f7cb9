"""Which events can change what for a line, and where a line stands.

Pure rules, like those of the decision itself. They spare work: most payments are made by
customers whose lines are on, and most invoices fall due on lines that pay.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple
from uuid import UUID

from services.collections.debts.debt import Debt
from services.collections.decisions.rules import ENFORCEABLE
from shared.contracts.customers import HoldReason, LineFacts, LineStatus

SUSPEND: Final = "suspend"
REACTIVATE: Final = "reactivate"


class Push(IntEnum):
    """Which way a fact can push a line; pushes add up by `|`.

    A debt that grows, falls due or comes back cannot switch a line on, and one that shrinks
    cannot switch it off. So a push towards where the line already is needs no look at debts.
    """

    OFF = 1
    ON = 2
    EITHER = 3


class Cause(NamedTuple):
    """Why a line is judged. `keep`: record it even when the line stays as it is."""

    type: str
    event_id: UUID | None = None
    traceparent: str | None = None
    run_id: UUID | None = None
    keep: bool = False


UNCAUSED: Final = Cause("")


class Concern(NamedTuple):
    """A line (without one: a customer, by what is owed for no line) that something has pushed.

    `whole`: everything of the customer, whatever the scope. `mass`: one of very many that came
    of themselves; under a policy with a safety stop the clock or a run judges those.
    """

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    push: int
    cause: Cause
    whole: bool = False
    mass: bool = False

    def also(self, other: "Concern") -> "Concern":
        """Both; the later cause stands unless only the earlier is worth recording."""
        earlier_stands = self.cause.keep and not other.cause.keep
        cause = self.cause if earlier_stands else other.cause
        return self._replace(
            push=self.push | other.push, cause=cause, whole=self.whole or other.whole
        )


class LineState(NamedTuple):
    """A line and the last order given for it (generation 0: none).

    `seen` is the generation the line has carried out, as its facts said. `lost`: the order
    was given so long ago that it should have been carried out.
    """

    status: str
    non_payment: bool
    seen: int
    generation: int
    ordered: str | None
    lost: bool
    essential: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """What judging some lines came to."""

    examined: int = 0
    suspended: int = 0
    reactivated: int = 0
    reached: int = 0

    @property
    def changed(self) -> int:
        """What followed altogether."""
        return self.suspended + self.reactivated + self.reached

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.examined + other.examined,
            self.suspended + other.suspended,
            self.reactivated + other.reactivated,
            self.reached + other.reached,
        )


def is_heard_whole(debts: Iterable[Debt]) -> bool:
    """Whether what a customer without known lines owes is owed for no line.

    A debt for a line that is not known yet waits for it: whoever brings the line has both
    judged.
    """
    return all(debt.line_id is None for debt in debts)


def is_off(line: LineState) -> bool:
    """Whether the line is, or is ordered to be, suspended for non-payment.

    While an order is on its way the order counts; once the line has carried it out, or when
    the order was lost, the line itself does.
    """
    if line.status == LineStatus.CANCELLED:
        return False
    if line.seen >= line.generation or line.lost:
        return line.non_payment
    return line.ordered == SUSPEND


def can_move(line: LineState, push: int, *, off: bool) -> bool:
    """Whether the push can take the line anywhere it is not."""
    if line.status == LineStatus.CANCELLED:
        return False
    return bool(push & (2 if off else 1))


def enters_service(line: LineFacts) -> bool:
    """Whether facts may be those of a line that has just come into service.

    Asked of line-registered, line-activated, line-suspended (a line held from the start) and
    of imported lines: only these can bring a line into service, where the debts that waited
    for it meet it. One that is off for non-payment has met them.
    """
    return line.status in ENFORCEABLE and HoldReason.NON_PAYMENT not in line.holds
