"""Which due dates the clock announces, and who announces a latecomer: each exactly once."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.clock.rules import (
    Kind,
    Mark,
    Marks,
    Stretch,
    said_by_issuer,
    stretches,
    swept,
)

TODAY = date(2026, 11, 20)
LOW, HIGH = UUID(int=1), UUID(int=2**128 - 1)


def day(offset: int) -> date:
    """A day so far from today."""
    return TODAY + timedelta(days=offset)


def test_a_swept_day_leaves_nothing_to_say() -> None:
    assert stretches(swept(TODAY, 3), TODAY, 3) == []


def test_the_next_day_says_yesterday_overdue_today_due_and_one_day_soon() -> None:
    assert stretches(swept(day(-1), 3), TODAY, 3) == [
        Stretch(Kind.OVERDUE, Mark(day(-1)), Mark(TODAY)),
        Stretch(Kind.DUE_TODAY, Mark(TODAY), Mark(day(1))),
        Stretch(Kind.DUE_SOON, Mark(day(3)), Mark(day(4))),
        Stretch(Kind.OWN_SOON, Mark(TODAY), Mark(day(1))),
    ]


def test_after_a_jump_skipped_days_are_overdue_and_not_due_today() -> None:
    said = {stretch.kind: stretch for stretch in stretches(swept(day(-30), 3), TODAY, 3)}

    assert said[Kind.OVERDUE] == Stretch(Kind.OVERDUE, Mark(day(-30)), Mark(TODAY))
    assert said[Kind.DUE_TODAY] == Stretch(Kind.DUE_TODAY, Mark(TODAY), Mark(day(1)))
    assert said[Kind.DUE_SOON] == Stretch(Kind.DUE_SOON, Mark(day(1)), Mark(day(4)))


def test_a_calendar_that_goes_back_says_nothing_and_moves_no_mark() -> None:
    assert stretches(swept(TODAY, 3), day(-1), 3) == []


def test_a_wider_window_announces_what_it_newly_covers() -> None:
    (soon,) = stretches(swept(TODAY, 3), TODAY, 5)

    assert soon == Stretch(Kind.DUE_SOON, Mark(day(4)), Mark(day(6)))


def test_a_window_of_no_days_announces_nothing_soon() -> None:
    assert [s.kind for s in stretches(swept(day(-1), 0), TODAY, 0)] == [
        Kind.OVERDUE,
        Kind.DUE_TODAY,
        Kind.OWN_SOON,  # what invoices with windows of their own say is theirs
    ]


@pytest.mark.parametrize(
    ("due", "kind"),
    [
        (-400, Kind.OVERDUE),
        (-1, Kind.OVERDUE),
        (0, Kind.DUE_TODAY),
        (1, Kind.DUE_SOON),
        (3, Kind.DUE_SOON),
        (4, None),
    ],
)
def test_behind_the_marks_the_issuer_speaks(due: int, kind: Kind | None) -> None:
    assert said_by_issuer(swept(TODAY, 3), TODAY, day(due), LOW) is kind


@pytest.mark.parametrize(
    ("due", "kind"),
    [(-2, Kind.OVERDUE), (-1, None), (0, None), (1, Kind.DUE_SOON), (2, Kind.DUE_SOON), (3, None)],
)
def test_after_midnight_and_before_the_sweep_the_issuer_leaves_the_rest_to_it(
    due: int, kind: Kind | None
) -> None:
    assert said_by_issuer(swept(day(-1), 3), TODAY, day(due), LOW) is kind


def test_within_a_page_the_place_decides_not_the_day() -> None:
    middle = Mark(day(-5), UUID(int=1000))
    marks = Marks(middle, Mark(day(-4)), Mark(day(-1)), Mark(day(-3)))

    assert said_by_issuer(marks, TODAY, day(-5), LOW) is Kind.OVERDUE
    assert said_by_issuer(marks, TODAY, day(-5), UUID(int=1000)) is None
    assert said_by_issuer(marks, TODAY, day(-5), HIGH) is None


@pytest.mark.parametrize(
    ("due", "own_days", "kind"),
    [
        (1, 1, Kind.OWN_SOON),
        (3, 2, None),
        (9, 9, Kind.OWN_SOON),
        (9, 8, None),
        (1, 0, None),
        (0, 9, Kind.DUE_TODAY),
        (-1, 9, Kind.OVERDUE),
    ],
)
def test_an_invoices_own_window_decides_when_it_is_due_soon(
    due: int, own_days: int, kind: Kind | None
) -> None:
    assert said_by_issuer(swept(TODAY, 3), TODAY, day(due), LOW, own_days) is kind


@dataclass(frozen=True)
class DaysPass:
    days: int


@dataclass(frozen=True)
class Issue:
    due: int
    seed: int
    own_days: int | None


@dataclass(frozen=True)
class SweepPage:
    most: int


steps = st.lists(
    st.one_of(
        st.builds(DaysPass, st.integers(0, 6)),
        st.builds(Issue, st.integers(-10, 30), st.integers(1, 50), st.none() | st.integers(0, 8)),
        st.builds(SweepPage, st.integers(1, 5)),
    ),
    max_size=40,
)


@given(steps, st.integers(0, 5))
def test_every_open_invoice_is_overdue_exactly_once_whatever_the_interleaving(
    actions: list[DaysPass | Issue | SweepPage], soon_days: int
) -> None:
    """Issuers and a paged sweep, interleaved in any way, on a calendar that only goes forward."""
    today, marks = TODAY, swept(TODAY, soon_days)
    invoices: dict[UUID, tuple[date, int | None]] = {}
    said: list[tuple[Kind, UUID]] = []

    def sweep_page(most: int) -> bool:
        nonlocal marks
        for stretch in stretches(marks, today, soon_days):
            places = sorted(
                Mark(place, id_)
                for id_, (due, own) in invoices.items()
                if (place := _place(stretch, due, own)) is not None
            )
            inside = [place for place in places if stretch.start <= place < stretch.end]
            end = inside[most] if len(inside) > most else stretch.end
            said.extend((stretch.kind, place.invoice_id) for place in inside if place < end)
            marks = replace(marks, **{stretch.kind.value: end})
            return False
        return True

    def finish() -> None:
        while not sweep_page(3):
            pass

    for action in actions:
        match action:
            case DaysPass(days):
                today += timedelta(days=days)
            case SweepPage(most):
                sweep_page(most)
            case Issue(due, seed, own) if UUID(int=seed) not in invoices:
                id_, due_on = UUID(int=seed), day(due)
                invoices[id_] = due_on, own
                kind = said_by_issuer(marks, today, due_on, id_, own)
                said += [(kind, id_)] if kind else []
    finish()

    assert len(said) == len(set(said)), "something was announced twice"
    overdue = {id_ for kind, id_ in said if kind is Kind.OVERDUE}
    assert overdue == {id_ for id_, (due_on, _) in invoices.items() if due_on < today}
    due_today = {id_ for kind, id_ in said if kind is Kind.DUE_TODAY}
    assert due_today >= {id_ for id_, (due_on, _) in invoices.items() if due_on == today}
    soon = {id_ for kind, id_ in said if kind in (Kind.DUE_SOON, Kind.OWN_SOON)}
    near = {
        id_
        for id_, (due_on, own) in invoices.items()
        if 0 < (due_on - today).days <= (soon_days if own is None else own)
    }
    far = {
        id_
        for id_, (due_on, own) in invoices.items()
        if (due_on - today).days > (soon_days if own is None else own)
    }
    assert near <= soon
    assert not far & soon


def _place(stretch: Stretch, due_on: date, own_days: int | None) -> date | None:
    """Where an invoice stands in the order of a stretch; None where it is not in it."""
    if stretch.kind is Kind.OWN_SOON:
        if own_days is None or due_on < stretch.end.due_on:
            return None
        return due_on - timedelta(days=own_days)
    return None if stretch.kind is Kind.DUE_SOON and own_days is not None else due_on
