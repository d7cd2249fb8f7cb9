"""How the grounds of a decision are stored: compact JSON, read back into the same values."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from services.collections.decisions.rules import (
    Condition,
    ConditionName,
    Debt,
    Verdict,
    nothing_overdue,
)

NO_DEBTS = "[]"


def debts_text(debts: Sequence[Debt]) -> str:
    """The debts that were counted, oldest first, each as [invoice, number, currency, open, due]."""
    return orjson.dumps([tuple(debt) for debt in debts]).decode() if debts else NO_DEBTS


def conditions_text(verdict: Verdict) -> str:
    """Each condition's value and verdict, by name."""
    if not verdict.overdue:
        return _nothing_overdue_text(verdict.conditions[0].holds)
    return _dump(verdict)


@cache
def _nothing_overdue_text(policy_active: bool) -> str:
    return _dump(nothing_overdue(policy_active))


def _dump(verdict: Verdict) -> str:
    return orjson.dumps(
        {
            condition.name.value: [condition.value, condition.holds]
            for condition in verdict.conditions
        }
    ).decode()


def read_debts(stored: Sequence[Sequence[Any]]) -> tuple[Debt, ...]:
    """The debts of a stored decision."""
    return tuple(
        Debt(UUID(invoice_id), number, currency, open_minor, date.fromisoformat(due_on))
        for invoice_id, number, currency, open_minor, due_on in stored
    )


def read_conditions(stored: Mapping[str, Sequence[Any]]) -> tuple[Condition, ...]:
    """The conditions of a stored decision, in the order they are judged."""
    return tuple(Condition(name, *stored[name]) for name in ConditionName if name in stored)
