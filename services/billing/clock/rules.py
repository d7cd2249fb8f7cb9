"""Which stretch of due dates a clock has still to announce, and who announces a latecomer.

Pure: dates and marks in, stretches out. A mark is a place in the order (due date, invoice
id); what lies before it has been announced. Marks never go back, so an invoice is announced
once per kind, also when a calendar jumps or a long sweep is cut into pages.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

LOWEST: Final = UUID(int=0)


class Kind(StrEnum):
    """What the clock says of an open invoice."""

    OVERDUE = "overdue"
    DUE_TODAY = "due_today"
    DUE_SOON = "due_soon"
    """By the organization's terms."""
    OWN_SOON = "own_soon"
    """The same, of an invoice that has a window of its own."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in the order (due date, invoice id); by default before all of its day.

    Where invoices have windows of their own the day is the one on which that begins.
    """

    due_on: date
    invoice_id: UUID = LOWEST


@dataclass(frozen=True, slots=True)
class Marks:
    """How far an organization's clock has announced."""

    overdue: Mark
    due_today: Mark
    due_soon: Mark
    own_soon: Mark

    def of(self, kind: Kind) -> Mark:
        """The mark of one kind."""
        return {
            Kind.OVERDUE: self.overdue,
            Kind.DUE_TODAY: self.due_today,
            Kind.DUE_SOON: self.due_soon,
            Kind.OWN_SOON: self.own_soon,
        }[kind]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Open invoices from `start` up to, and without, `end` are to be announced."""

    kind: Kind
    start: Mark
    end: Mark


def swept(today: date, soon_days: int) -> Marks:
    """Where the marks stand once `today` has been announced."""
    tomorrow = today + timedelta(days=1)
    return Marks(
        overdue=Mark(today),
        due_today=Mark(tomorrow),
        due_soon=Mark(tomorrow + timedelta(days=soon_days)),
        own_soon=Mark(tomorrow),
    )


def stretches(marks: Marks, today: date, soon_days: int) -> list[Stretch]:
    """What to announce now, overdue first; days that a jump left behind are not "today"."""
    goal = swept(today, soon_days)
    wanted = (
        Stretch(Kind.OVERDUE, marks.overdue, goal.overdue),
        Stretch(Kind.DUE_TODAY, max(marks.due_today, Mark(today)), goal.due_today),
        Stretch(Kind.DUE_SOON, max(marks.due_soon, goal.due_today), goal.due_soon),
        Stretch(Kind.OWN_SOON, marks.own_soon, goal.own_soon),
    )
    return [stretch for stretch in wanted if stretch.start < stretch.end]


def said_by_issuer(
    marks: Marks, today: date, due_on: date, invoice_id: UUID, own_days: int | None = None
) -> Kind | None:
    """What the issuer must announce because the clock has already passed that place.

    None when the clock still comes by, or when there is nothing to say. `own_days` is the
    invoice's own window.
    """
    place = Mark(due_on, invoice_id)
    if place < marks.overdue:
        return Kind.OVERDUE
    if due_on < today:
        return None
    if due_on == today:
        return Kind.DUE_TODAY if place < marks.due_today else None
    if own_days is not None:
        begins = Mark(due_on - timedelta(days=own_days), invoice_id)
        return Kind.OWN_SOON if begins < marks.own_soon else None
    return Kind.DUE_SOON if place < marks.due_soon else None
