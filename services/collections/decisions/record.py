"""How the grounds of a decision are stored: compact JSON, read back into the same values."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from services.collections.decisions.rules import (
    NOTHING_ELSE,
    About,
    Condition,
    ConditionName,
    Debt,
    Exempt,
    Verdict,
    nothing_overdue,
)
from services.collections.pauses.rules import Pause, PauseKind

NO_DEBTS: Final = "[]"
PLAIN: Final = (
    ConditionName.POLICY_ACTIVE,
    ConditionName.OVERDUE,
    ConditionName.BEYOND_GRACE,
    ConditionName.MINIMUM_DEBT,
)


def debts_text(debts: Sequence[Debt]) -> str:
    """The debts that were counted, oldest first, each as [invoice, number, currency, open, due]."""
    return orjson.dumps([debt[:5] for debt in debts]).decode() if debts else NO_DEBTS


def inputs_text(
    debts: Sequence[Debt], about: About, verdict: Verdict, *, non_payment: bool
) -> str | None:
    """What counted beside overdue debts and policy; None when that was nothing.

    Whole: replaying takes the debts, pauses and facts from here.
    """
    if about is NOTHING_ELSE and verdict.segment is None:
        return None
    exempt = about.exempt
    return orjson.dumps(
        {
            "debts": [tuple(debt) for debt in debts],
            "pauses": [tuple(pause) for pause in about.pauses],
            "exempt": [exempt.id, exempt.reason, exempt.until_on] if exempt else None,
            "essential": about.essential,
            "without_line": about.without_line,
            "tags": sorted(about.tags),
            "plans": sorted(about.plans),
            "area": about.area,
            "installed_on": about.installed_on,
            "reached": about.reached,
            "local": about.local.isoformat() if about.local else None,
            "zone": getattr(about.local.tzinfo, "key", None) if about.local else None,
            "segment": verdict.segment,
            "non_payment": non_payment,
        }
    ).decode()


def read_inputs(stored: Mapping[str, Any]) -> tuple[list[Debt], About]:
    """The debts and all else of a stored decision."""
    debts = [
        Debt(
            UUID(invoice_id),
            number,
            currency,
            open_minor,
            date.fromisoformat(due_on),
            UUID(line_id) if line_id else None,
            is_fee,
        )
        for invoice_id, number, currency, open_minor, due_on, line_id, is_fee in stored["debts"]
    ]
    exempt = stored["exempt"]
    local = datetime.fromisoformat(stored["local"]) if stored["local"] else None
    if local is not None and stored["zone"]:
        local = local.astimezone(ZoneInfo(stored["zone"]))
    return debts, About(
        essential=stored["essential"],
        without_line=stored.get("without_line", False),
        exempt=Exempt(UUID(exempt[0]), exempt[1], date.fromisoformat(exempt[2]))
        if exempt
        else None,
        pauses=tuple(_read_pause(pause) for pause in stored["pauses"]),
        tags=frozenset(stored["tags"]),
        plans=frozenset(stored["plans"]),
        area=stored["area"],
        installed_on=_day(stored["installed_on"]),
        reached={code: date.fromisoformat(day) for code, day in stored["reached"].items()}
        if stored["reached"] is not None
        else None,
        local=local,
    )


def _read_pause(stored: Sequence[Any]) -> Pause:
    id_, kind, line_id, invoice_id, amount_minor, from_on, until_on, expires_at, restores = stored
    return Pause(
        UUID(id_),
        PauseKind(kind),
        UUID(line_id) if line_id else None,
        UUID(invoice_id) if invoice_id else None,
        amount_minor,
        date.fromisoformat(from_on),
        _day(until_on),
        datetime.fromisoformat(expires_at) if expires_at else None,
        restores,
    )


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


def conditions_text(verdict: Verdict) -> str:
    """Each condition's value and verdict, by name."""
    if not verdict.overdue and len(verdict.conditions) == len(PLAIN):
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


def stored_text(stored: Any) -> str:
    """What was stored as JSON, as it was written."""
    return orjson.dumps(stored).decode()


def canonical(outcome: str, conditions: str, debts: str, stages: Sequence[str] | None) -> str:
    """What a decision came to, as one text to be compared byte by byte."""
    return orjson.dumps(
        {
            "outcome": outcome,
            "conditions": orjson.Fragment(conditions),
            "debts": orjson.Fragment(debts),
            "stages": stages,
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
