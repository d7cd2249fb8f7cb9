"""Conditions of policies: facts compared, combined by all, any and not.

As written: `{"fact": "days_overdue", "op": "gte", "value": 30}`, `{"all": [...]}`,
`{"any": [...]}`, `{"not": {...}}`. Read once into a tree of tuples; judged against a
`Subject`, which also keeps what each comparison found, for the record of the decision.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeAlias

MOST_DEPTH: Final = 6
MOST_PARTS: Final = 20
MOST_TEXT: Final = 100


class Fact(StrEnum):
    """What can be compared."""

    DAYS_OVERDUE = "days_overdue"
    OPEN_DEBTS = "open_debts"
    AMOUNT_DUE = "amount_due"
    TENURE_DAYS = "tenure_days"
    SEGMENT = "segment"
    TAG = "tag"
    PLAN = "plan"
    AREA = "area"


NUMBERS: Final = frozenset({Fact.DAYS_OVERDUE, Fact.OPEN_DEBTS, Fact.AMOUNT_DUE, Fact.TENURE_DAYS})
COMPARE: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "eq": lambda found, value: found == value,
    "ne": lambda found, value: found != value,
    "lt": lambda found, value: found < value,
    "lte": lambda found, value: found <= value,
    "gt": lambda found, value: found > value,
    "gte": lambda found, value: found >= value,
}
AMONG: Final = frozenset({"in", "not_in"})


class BadCondition(ValueError):
    """The condition is not one; the path leads to the part that is wrong."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Compare:
    """One fact against a value, or against several texts."""

    fact: Fact
    op: str
    value: int | frozenset[str]


@dataclass(frozen=True, slots=True)
class Combined:
    """Parts of which all, any or (of exactly one) none must hold."""

    how: str
    parts: tuple["Condition", ...]


Condition: TypeAlias = Compare | Combined


@dataclass(slots=True)
class Subject:
    """Whoever a policy is applied to: a line or a customer on a day.

    `amount_due_minor` is in the policy's currency. `plans`, `tags` and `area` are those of
    the line and its customer; under scope `customer`, of all its lines together.
    """

    today: date
    days_overdue: int = 0
    open_debts: int = 0
    amount_due_minor: int = 0
    installed_on: date | None = None
    segment: str | None = None
    tags: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    area: str | None = None
    seen: dict[str, Any] = field(default_factory=dict)

    def found(self, fact: Fact) -> int | frozenset[str]:
        """The value of a fact, noted as one that was looked at."""
        value = self._value(fact)
        self.seen[fact.value] = value if isinstance(value, int) else sorted(value)
        return value

    def _value(self, fact: Fact) -> int | frozenset[str]:
        match fact:
            case Fact.DAYS_OVERDUE:
                return self.days_overdue
            case Fact.OPEN_DEBTS:
                return self.open_debts
            case Fact.AMOUNT_DUE:
                return self.amount_due_minor
            case Fact.TENURE_DAYS:
                return (self.today - self.installed_on).days if self.installed_on else 0
            case Fact.TAG:
                return self.tags
            case Fact.PLAN:
                return self.plans
            case Fact.SEGMENT:
                return frozenset({self.segment} if self.segment else ())
            case Fact.AREA:
                return frozenset({self.area} if self.area else ())


def holds(condition: Condition | None, subject: Subject) -> bool:
    """Whether a condition holds; none at all always does. Every part is looked at."""
    if condition is None:
        return True
    if isinstance(condition, Compare):
        found = subject.found(condition.fact)
        if isinstance(condition.value, int):
            assert isinstance(found, int)
            return COMPARE[condition.op](found, condition.value)
        assert isinstance(found, frozenset)
        return bool(found & condition.value) is (condition.op == "in")
    verdicts = [holds(part, subject) for part in condition.parts]
    if condition.how == "all":
        return all(verdicts)
    return any(verdicts) if condition.how == "any" else not verdicts[0]


def facts_of(condition: Condition | None) -> frozenset[Fact]:
    """The facts a condition asks for."""
    if condition is None:
        return frozenset()
    if isinstance(condition, Compare):
        return frozenset({condition.fact})
    return frozenset().union(*map(facts_of, condition.parts))


def turns_of(condition: Condition | None, fact: Fact) -> frozenset[int]:
    """The values of a number at which a condition on it may begin or cease to hold."""
    if condition is None:
        return frozenset()
    if isinstance(condition, Compare):
        if condition.fact is not fact or not isinstance(condition.value, int):
            return frozenset()
        return frozenset({condition.value, condition.value + 1})
    return frozenset().union(*(turns_of(part, fact) for part in condition.parts))


def read_condition(
    written: Any, minor: Callable[[str], int], *, depth: int = 0, path: tuple[str | int, ...] = ()
) -> Condition | None:
    """The condition that was written; `minor` reads an amount. Raises BadCondition."""
    if written is None:
        return None
    if not isinstance(written, Mapping):
        raise BadCondition("write a condition as an object", *path)
    if depth > MOST_DEPTH:
        raise BadCondition(f"conditions may be nested {MOST_DEPTH} deep", *path)
    if "fact" in written:
        return _read_compare(written, minor, path)
    if len(written) != 1 or (how := next(iter(written))) not in ("all", "any", "not"):
        raise BadCondition("give one of `all`, `any`, `not`, or a `fact` to compare", *path)
    given = [written[how]] if how == "not" else written[how]
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_PARTS:
        raise BadCondition(f"give 1 to {MOST_PARTS} conditions", *path, how)
    parts = []
    for place, part in enumerate(given):
        where = (*path, how) if how == "not" else (*path, how, place)
        read = read_condition(part, minor, depth=depth + 1, path=where)
        if read is None:
            raise BadCondition("a part must be a condition", *where)
        parts.append(read)
    return Combined(str(how), tuple(parts))


def _read_compare(
    written: Mapping[str, Any], minor: Callable[[str], int], path: tuple[str | int, ...]
) -> Compare:
    if extra := set(written) - {"fact", "op", "value"}:
        raise BadCondition(f"{sorted(map(str, extra))[0]!r} does not belong here", *path)
    try:
        fact = Fact(written["fact"])
    except ValueError:
        known = ", ".join(Fact)
        raise BadCondition(f"a fact is one of {known}", *path, "fact") from None
    op, value = written.get("op"), written.get("value")
    if fact in NUMBERS:
        if op not in COMPARE:
            raise BadCondition(f"{fact} is compared by {', '.join(COMPARE)}", *path, "op")
        return Compare(fact, str(op), _number(fact, value, minor, path))
    if op not in AMONG:
        raise BadCondition(f"{fact} is compared by in, not_in", *path, "op")
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not 1 <= len(texts) <= MOST_PARTS:
        raise BadCondition(f"give a text, or 1 to {MOST_PARTS} of them", *path, "value")
    if not all(isinstance(text, str) and 0 < len(text) <= MOST_TEXT for text in texts):
        raise BadCondition(f"a text has 1 to {MOST_TEXT} characters", *path, "value")
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        raise BadCondition("a text is made of whole characters", *path, "value") from None
    return Compare(fact, str(op), frozenset(texts))


def _number(
    fact: Fact, value: Any, minor: Callable[[str], int], path: tuple[str | int, ...]
) -> int:
    if fact is Fact.AMOUNT_DUE:
        if not isinstance(value, str):
            raise BadCondition("write the amount as a string such as '45.00'", *path, "value")
        try:
            return minor(value)
        except ValueError as error:
            raise BadCondition(str(error), *path, "value") from error
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000:
        raise BadCondition("give a whole number from 0 to 100000", *path, "value")
    return value
