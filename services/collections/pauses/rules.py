"""What a pause takes out of the count.

Pure rules. A pause covers the debts of an invoice, of a line or of a whole customer. With an
amount it takes that much off what it covers, oldest due first (a dispute, a payment under
way); without one it takes all of it. Pauses are applied in order of their ids, so the same
pauses always leave the same.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.collections.debts.debt import Debt


class PauseKind(StrEnum):
    """Why debts do not count for a while."""

    PROMISE = "promise"
    PLAN = "plan"
    DISPUTE = "dispute"
    PAYMENT_IN_FLIGHT = "payment_in_flight"
    MANUAL = "manual"


class Pause(NamedTuple):
    """A pause as the rules take it.

    In force from `from_on` through `until_on` on the organization's calendar, and before
    `expires_at` by its clock. One that does not `restore` stops further stages and leaves a
    line that is off where it is (a payment plan whose first instalment is not paid yet).
    """

    id: UUID
    kind: PauseKind
    line_id: UUID | None
    invoice_id: UUID | None
    amount_minor: int | None
    from_on: date
    until_on: date | None
    expires_at: datetime | None
    restores: bool

    def in_force(self, today: date, clock: datetime) -> bool:
        """Whether it counts at this moment."""
        return (
            self.from_on <= today
            and (self.until_on is None or today <= self.until_on)
            and (self.expires_at is None or clock < self.expires_at)
        )

    def covers(self, debt: Debt) -> bool:
        """Whether the debt is among those it is for."""
        if self.invoice_id is not None:
            return debt.invoice_id == self.invoice_id
        return self.line_id is None or debt.line_id == self.line_id


def in_force(pauses: Iterable[Pause], today: date, clock: datetime) -> tuple[Pause, ...]:
    """The pauses that count at this moment, in the order they are applied."""
    found = (pause for pause in pauses if pause.in_force(today, clock))
    return tuple(sorted(found, key=lambda pause: pause.id.int))


def what_counts(debts: Iterable[Debt], pauses: Sequence[Pause], *, off: bool) -> list[Debt]:
    """What is left of the debts, oldest first; a line that is `off` is helped by what restores."""
    left = sorted(debts, key=lambda debt: (debt.due_on, debt.invoice_id.int))
    for pause in pauses:
        if not off or pause.restores:
            left = _after(left, pause)
    return left


def _after(debts: list[Debt], pause: Pause) -> list[Debt]:
    remaining = pause.amount_minor
    left = []
    for debt in debts:
        if not pause.covers(debt):
            left.append(debt)
            continue
        taken = debt.open_minor if remaining is None else min(remaining, debt.open_minor)
        if remaining is not None:
            remaining -= taken
        if taken < debt.open_minor:
            left.append(debt._replace(open_minor=debt.open_minor - taken))
    return left
