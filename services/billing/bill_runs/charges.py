"""What a period was charged, and carried of others, as subscription_period keeps it."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.billing.bill_runs.rules import Carried
from services.billing.proration.rules import Charged


def charged_json(charged: Mapping[UUID, Charged]) -> dict[str, tuple[Any, ...]]:
    """By plan: amount, list price, tax rate and the positions of its items."""
    return {
        str(plan_id): (each.amount_minor, each.list_minor, str(each.tax_rate), each.positions)
        for plan_id, each in charged.items()
    }


def charged_of(charges: Mapping[str, Sequence[Any]]) -> dict[UUID, Charged]:
    """What `charged_json` has written."""
    return {
        UUID(plan_id): Charged(amount, list_minor, Decimal(rate), tuple(positions))
        for plan_id, (amount, list_minor, rate, positions) in charges.items()
    }


def carried_json(carried: Carried) -> dict[str, dict[str, int]]:
    """By first day and plan: the amount."""
    return {
        str(start): {str(plan_id): amount for plan_id, amount in plans.items()}
        for start, plans in carried.items()
    }


def carried_of(stored: Mapping[str, Mapping[str, int]]) -> Carried:
    """What `carried_json` has written."""
    return {
        date.fromisoformat(start): {UUID(plan_id): amount for plan_id, amount in plans.items()}
        for start, plans in stored.items()
    }
