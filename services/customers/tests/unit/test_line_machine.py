"""Whatever is done to a line, in any order, its promises hold."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.customers.lines.rules import MOVES, PLACED_BY_PEOPLE, Change, LineEvent
from services.customers.tests.builders import NOON, line
from shared.contracts.customers import HoldReason, LineStatus
from shared.problems import Problem

people = st.sampled_from(sorted(PLACED_BY_PEOPLE))


class LineLife(RuleBasedStateMachine):
    """A line and a plain model of it, under random moves."""

    def __init__(self) -> None:
        super().__init__()
        self.line = line()
        self.installed = self.cancelled = False
        self.holds: set[str] = set()
        self.changes: list[Change] = []
        self.at = NOON

    def _tick(self) -> None:
        self.at += timedelta(seconds=1)

    @rule()
    def activate(self) -> None:
        self._tick()
        may = not self.installed and not self.cancelled
        with _refused_unless(may):
            self.changes.append(self.line.activate(self.at, self.at.date()))
        self.installed |= may

    @rule(reason=st.sampled_from(list(HoldReason)))
    def hold(self, reason: HoldReason) -> None:
        self._tick()
        may = not self.cancelled and reason in PLACED_BY_PEOPLE and reason not in self.holds
        with _refused_unless(may):
            self.changes.append(self.line.hold(reason, self.at))
            self.holds.add(reason)

    @rule(reason=st.sampled_from(list(HoldReason)))
    def release(self, reason: HoldReason) -> None:
        self._tick()
        may = reason in self.holds and reason in PLACED_BY_PEOPLE
        with _refused_unless(may):
            self.changes.append(self.line.release(reason, self.at))
            self.holds.remove(reason)

    @rule()
    def cancel(self) -> None:
        self._tick()
        with _refused_unless(not self.cancelled):
            self.changes.append(self.line.cancel(self.at))
            self.holds.clear()
        self.cancelled = True

    @rule(price_minor=st.integers(0, 3))
    def revise(self, price_minor: int) -> None:
        self._tick()
        with _refused_unless(not self.cancelled):
            change = self.line.revise(
                self.at,
                plan_name="Fibra",
                price_minor=price_minor,
                installed_on=None,
                essential=False,
            )
            if change:
                self.changes.append(change)

    @rule()
    def obey_a_suspension(self) -> None:
        """What the statement of lines.orders does, told to the model alone."""
        if not self.cancelled and HoldReason.NON_PAYMENT not in self.holds:
            before = self.line.status
            self.line.holds = [*self.line.holds, HoldReason.NON_PAYMENT.value]
            self.line.version += 1
            self.holds.add(HoldReason.NON_PAYMENT)
            self.changes.append(Change(LineEvent.HELD, before, self.line.status))

    @invariant()
    def the_status_is_the_models(self) -> None:
        expected = (
            LineStatus.CANCELLED
            if self.cancelled
            else LineStatus.NOT_INSTALLED
            if not self.installed
            else LineStatus.SUSPENDED
            if self.holds
            else LineStatus.ACTIVE
        )
        assert self.line.status is expected

    @invariant()
    def the_holds_are_the_models_each_once(self) -> None:
        assert sorted(self.line.holds) == sorted(self.holds)

    @invariant()
    def each_change_is_one_version_and_they_join_up(self) -> None:
        assert self.line.version == 1 + len(self.changes)
        statuses = [LineStatus.NOT_INSTALLED, *(change.after for change in self.changes)]
        assert [change.before for change in self.changes] == statuses[:-1]

    @invariant()
    def nothing_moves_that_the_status_forbids(self) -> None:
        if not MOVES[self.line.status]:
            assert self.cancelled


def _refused_unless(may: bool) -> "suppress | _Permitted":
    return _Permitted() if may else _Refused()


class _Permitted:
    """The block runs through."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


class _Refused(suppress):
    """The block is refused with a problem."""

    def __init__(self) -> None:
        super().__init__(Problem)

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        assert isinstance(error, Problem), "this should have been refused"
        return True


TestLineLife = LineLife.TestCase
TestLineLife.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
