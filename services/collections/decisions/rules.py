"""When a line deserves to be suspended, and what follows for it.

Pure rules: debts, policy and today in, verdict out. No clock, no database, no events. The
same facts give the same answer, so that a repeated or reordered event is harmless.

A line deserves suspension while the policy is active, some debt is overdue by more days
than its grace, and those debts together reach its minimum. With no grace that is the day
after the due date.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple
from uuid import UUID

from services.collections.policies.rules import Policy
from shared.contracts.customers import LineStatus

ENFORCEABLE: Final = frozenset({LineStatus.ACTIVE, LineStatus.SUSPENDED})


class Outcome(StrEnum):
    """What an evaluation led to."""

    SUSPEND = "suspend"
    REACTIVATE = "reactivate"
    KEEP_SUSPENDED = "keep_suspended"
    KEEP_ACTIVE = "keep_active"
    NONE = "none"


ORDERS: Final = frozenset({Outcome.SUSPEND, Outcome.REACTIVATE})


class ConditionName(StrEnum):
    """The conditions of a suspension, in the order they are judged."""

    POLICY_ACTIVE = "policy_active"
    OVERDUE = "overdue"
    BEYOND_GRACE = "beyond_grace"
    MINIMUM_DEBT = "minimum_debt"


class Debt(NamedTuple):
    """An open invoice that counts against a line."""

    invoice_id: UUID
    number: str
    currency: str
    open_minor: int
    due_on: date


class Condition(NamedTuple):
    """One condition, the value it was judged by, and whether it holds.

    The value is: whether the policy is active; how many debts are overdue; the days the
    oldest of them is overdue; the minor units overdue beyond grace, by currency.
    """

    name: ConditionName
    value: bool | int | dict[str, int]
    holds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the debts justify a suspension (all conditions hold), and why."""

    justified: bool
    conditions: tuple[Condition, ...]
    overdue: tuple[Debt, ...]


def deserved(debts: Collection[Debt], policy: Policy, today: date) -> Verdict:
    """Judge what is open on `today`; debts not yet overdue count for nothing."""
    if not debts:
        return nothing_overdue(policy.active)
    overdue = sorted(
        (debt for debt in debts if debt.open_minor > 0 and debt.due_on < today),
        key=lambda debt: (debt.due_on, debt.invoice_id.int),
    )
    if not overdue:
        return nothing_overdue(policy.active)
    worst = (today - overdue[0].due_on).days
    beyond = sums_by_currency(
        debt for debt in overdue if (today - debt.due_on).days > policy.grace_days
    )
    enough = _reaches_minimum(beyond, policy)
    return Verdict(
        justified=policy.active and enough,
        conditions=(
            Condition(ConditionName.POLICY_ACTIVE, policy.active, policy.active),
            Condition(ConditionName.OVERDUE, len(overdue), True),
            Condition(ConditionName.BEYOND_GRACE, worst, worst > policy.grace_days),
            Condition(ConditionName.MINIMUM_DEBT, beyond, enough),
        ),
        overdue=tuple(overdue),
    )


@cache
def nothing_overdue(policy_active: bool) -> Verdict:
    """The verdict on a line with no overdue debt; one object, for there are many."""
    return Verdict(
        justified=False,
        conditions=(
            Condition(ConditionName.POLICY_ACTIVE, policy_active, policy_active),
            Condition(ConditionName.OVERDUE, 0, False),
            Condition(ConditionName.BEYOND_GRACE, 0, False),
            Condition(ConditionName.MINIMUM_DEBT, {}, False),
        ),
        overdue=(),
    )


def outcome_of(verdict: Verdict, status: str, *, suspended: bool) -> Outcome:
    """What follows for a line that is (or is ordered to be) `suspended` for non-payment.

    Only an installed line is ever ordered off. A cancelled one is beyond orders: its holds
    went with it.
    """
    if status == LineStatus.CANCELLED:
        return Outcome.NONE
    if verdict.justified:
        if suspended:
            return Outcome.KEEP_SUSPENDED
        return Outcome.SUSPEND if status in ENFORCEABLE else Outcome.NONE
    if suspended:
        return Outcome.REACTIVATE
    return Outcome.KEEP_ACTIVE if verdict.overdue and status in ENFORCEABLE else Outcome.NONE


def sums_by_currency(debts: Iterable[Debt]) -> dict[str, int]:
    """What the debts come to in each currency."""
    sums: dict[str, int] = {}
    for debt in debts:
        sums[debt.currency] = sums.get(debt.currency, 0) + debt.open_minor
    return sums


def _reaches_minimum(sums: dict[str, int], policy: Policy) -> bool:
    return any(
        minor >= (max(policy.minimum_minor, 1) if currency == policy.currency else 1)
        for currency, minor in sums.items()
    )
