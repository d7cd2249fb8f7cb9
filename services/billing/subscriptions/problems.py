"""Refusals about subscriptions."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from services.billing.subscriptions.rules import SubscriptionStatus
from shared.problems import Problem, ValidationFailed


class WrongSubscriptionStatus(Problem):
    """The subscription is not in a status that allows it; `current_status` says which it is in."""

    status = HTTPStatus.CONFLICT
    slug = "subscription-status"
    title = "The subscription's status does not allow it"

    def __init__(self, subscription_id: UUID, current: SubscriptionStatus, what: str) -> None:
        super().__init__(
            f"Subscription {subscription_id} is {current}: {what}.",
            subscription_id=subscription_id,
            current_status=current,
        )


class ChangeOutOfOrder(Problem):
    """Changes follow each other: none takes effect before the one that was made last."""

    status = HTTPStatus.CONFLICT
    slug = "change-out-of-order"
    title = "A later change is on record"

    def __init__(self, subscription_id: UUID, last: date) -> None:
        super().__init__(
            f"Subscription {subscription_id} has a change that takes effect on {last};"
            " take that day or a later one.",
            subscription_id=subscription_id,
            last_change_on=last,
        )


class RhythmChange(Problem):
    """A plan with another interval or timing begins where a period begins that is not billed."""

    status = HTTPStatus.CONFLICT
    slug = "rhythm-change-within-period"
    title = "A plan of another rhythm begins with a period"

    def __init__(self, subscription_id: UUID, possible_on: date) -> None:
        super().__init__(
            "The plan is billed at another interval or time: it can begin on"
            f" {possible_on}, or with a period after that.",
            subscription_id=subscription_id,
            possible_on=possible_on,
        )


class LineNotServed(Problem):
    """A cancelled line is subscribed to nothing."""

    status = HTTPStatus.CONFLICT
    slug = "line-cancelled"
    title = "The line is cancelled"

    def __init__(self, line_id: UUID) -> None:
        super().__init__(f"Line {line_id} is cancelled.", line_id=line_id)


class DayOutOfReach(ValidationFailed):
    """The day is too far back or too far ahead."""

    slug = "day-out-of-reach"
    title = "The day is out of reach"

    def __init__(self, first: date, last: date, name: str) -> None:
        message = f"give a day from {first} to {last}"
        super().__init__([{"loc": ["body", name], "msg": message, "type": "out_of_reach"}])
