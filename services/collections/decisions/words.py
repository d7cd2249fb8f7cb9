"""A decision in one English sentence, for people who ask why."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.collections.decisions.rules import Condition, ConditionName, Debt, Outcome
from services.collections.policies.rules import Policy
from shared.contracts.customers import LineStatus
from shared.money import Money

ELSE: Final[Mapping[ConditionName, str]] = {
    ConditionName.NOT_EXEMPT: "it is exempt for now",
    ConditionName.NOT_ESSENTIAL: "it is an essential line",
    ConditionName.HAS_LINE: "there is no line to suspend",
    ConditionName.NOT_PAUSED: "all of it is promised, agreed, disputed or being paid",
    ConditionName.NOT_RESTORED: "by the policy's rule it comes back",
    ConditionName.STAGE_DAY: "not yet for as long as the stage that suspends takes",
    ConditionName.STAGES_BEFORE: "the stages before it were reached too recently",
    ConditionName.STAGE_CONDITION: "no stage that suspends applies",
    ConditionName.WINDOW_OPEN: "lines are not cut at this hour",
}


def explain(
    outcome: Outcome,
    conditions: Sequence[Condition],
    debts: Sequence[Debt],
    policy: Policy,
    line_status: str | None,
) -> str:
    """Why an evaluation led to its outcome."""
    found: Mapping[str, Condition] = {condition.name: condition for condition in conditions}
    match outcome:
        case Outcome.SUSPEND:
            return f"Suspended: {_owed(found, debts)}, {_beyond(found, policy)}."
        case Outcome.KEEP_SUSPENDED:
            return f"Still suspended: {_owed(found, debts)}, {_beyond(found, policy)}."
        case Outcome.REACTIVATE:
            return f"Switched back on: {_failing(found, debts, policy)}."
        case Outcome.KEEP_ACTIVE:
            return f"Left on: {_failing(found, debts, policy)}."
    if not debts:
        return "Nothing is overdue."
    if line_status is None:
        return f"Without a line there is nothing to suspend, though {_owed(found, debts)}."
    if line_status == LineStatus.NOT_INSTALLED:
        return f"Not installed yet, so there is nothing to suspend, though {_owed(found, debts)}."
    return f"Cancelled, so there is nothing to suspend, though {_owed(found, debts)}."


def _owed(found: Mapping[str, Condition], debts: Sequence[Debt]) -> str:
    """ "2 invoices are overdue, the oldest by 12 days (due 2026-11-09)"."""
    worst = days(found[ConditionName.BEYOND_GRACE].value)
    oldest = debts[0].due_on.isoformat()
    if len(debts) == 1:
        return f"1 invoice is overdue by {worst} (due {oldest})"
    return f"{len(debts)} invoices are overdue, the oldest by {worst} (due {oldest})"


def _beyond(found: Mapping[str, Condition], policy: Policy) -> str:
    """ "together 45.00 USD after 3 days of grace, from 0.01 USD on"."""
    amount = amounts(found[ConditionName.MINIMUM_DEBT].value)
    minimum = Money(max(policy.minimum_minor, 1), policy.currency)
    grace = f" after {days(policy.grace_days)} of grace" if policy.grace_days else ""
    return f"in all {amount}{grace}; the policy suspends from {minimum} on"


def _failing(found: Mapping[str, Condition], debts: Sequence[Debt], policy: Policy) -> str:
    """The first condition that does not hold."""
    if not debts:
        return "nothing is overdue"
    if not found[ConditionName.POLICY_ACTIVE].holds:
        return f"{_owed(found, debts)}, but the policy is not active"
    if not found[ConditionName.BEYOND_GRACE].holds and ConditionName.NOT_PAUSED not in found:
        return f"{_owed(found, debts)}, within the {days(policy.grace_days)} of grace"
    for name, text in ELSE.items():
        if name in found and not found[name].holds:
            return f"{_owed(found, debts)}, but {text}"
    amount = amounts(found[ConditionName.MINIMUM_DEBT].value) or "nothing"
    minimum = Money(policy.minimum_minor, policy.currency)
    return f"what is overdue beyond grace, {amount}, is less than the minimum of {minimum}"


def days(count: Any) -> str:
    """A number of days."""
    return "1 day" if count == 1 else f"{count} days"


def amounts(sums: Any) -> str:
    """Sums of money by currency."""
    return " and ".join(str(Money(minor, currency)) for currency, minor in sorted(sums.items()))
