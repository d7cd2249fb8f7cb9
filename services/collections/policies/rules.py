"""What an organization's policy asks before a line may be suspended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DEFAULT_GRACE_DAYS: Final = 0
DEFAULT_MINIMUM_MINOR: Final = 1
MOST_GRACE_DAYS: Final = 365


class SuspendScope(StrEnum):
    """Whose debts count against a line: its own, or all of its customer's."""

    LINE = "line"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of an organization's policy; versions never change.

    `minimum_minor` is in `currency`; a debt in another currency counts from its first unit.
    An inactive policy suspends nobody and switches back on whom it had suspended.
    """

    version: int
    grace_days: int
    minimum_minor: int
    currency: str
    suspend_scope: SuspendScope
    active: bool


def default_policy(currency: str) -> Policy:
    """The policy of an organization that has not chosen one."""
    return Policy(
        version=1,
        grace_days=DEFAULT_GRACE_DAYS,
        minimum_minor=DEFAULT_MINIMUM_MINOR,
        currency=currency,
        suspend_scope=SuspendScope.LINE,
        active=True,
    )
