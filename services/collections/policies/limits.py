"""How far ahead the policy lets people agree, and put off."""

from datetime import date, timedelta

from services.collections.policies.document import PausesIn, PromisesIn
from services.collections.policies.problems import DayOutOfReach
from services.collections.policies.store import Terms


def promises_of(terms: Terms) -> PromisesIn:
    """What the policy in force lets a customer promise."""
    document = terms.policy.document
    return document.promises if document is not None else PromisesIn()


def pauses_of(terms: Terms) -> PausesIn:
    """How long the policy in force lets somebody be paused by hand."""
    document = terms.policy.document
    return document.pauses if document is not None else PausesIn()


def expect_reachable(by: date, today: date, most_days_ahead: int) -> None:
    """Raise DayOutOfReach unless `by` is today or up to so many days ahead."""
    last = today + timedelta(days=most_days_ahead)
    if not today <= by <= last:
        raise DayOutOfReach(f"Agree on a day from {today} to {last}.", first=today, last=last)
