"""Refusals about plans."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem, ValidationFailed


class PlanUnknown(Problem):
    """There is no such plan to subscribe to."""

    status = HTTPStatus.NOT_FOUND
    slug = "plan-unknown"
    title = "Plan unknown"

    def __init__(self, plan_id: UUID) -> None:
        super().__init__(f"There is no plan {plan_id}.", plan_id=plan_id)


class PlanExists(Problem):
    """Another plan has this code or this name; both are unique."""

    status = HTTPStatus.CONFLICT
    slug = "plan-exists"
    title = "Another plan has this code or name"

    def __init__(self, code: str | None, name: str | None) -> None:
        super().__init__("Another plan has this code or this name.", code=code, name=name)


class PlanInUse(Problem):
    """Somebody is or was subscribed to the plan; set it inactive instead of deleting it."""

    status = HTTPStatus.CONFLICT
    slug = "plan-in-use"
    title = "The plan has subscriptions"

    def __init__(self, plan_id: UUID) -> None:
        super().__init__(
            f"Plan {plan_id} has subscriptions; set it inactive instead.", plan_id=plan_id
        )


class PlanInactive(Problem):
    """Nobody new is subscribed to an inactive plan."""

    status = HTTPStatus.CONFLICT
    slug = "plan-inactive"
    title = "The plan is inactive"

    def __init__(self, plan_id: UUID) -> None:
        super().__init__(f"Plan {plan_id} is inactive; activate it first.", plan_id=plan_id)


class PriceInThePast(ValidationFailed):
    """A price begins today or later: what has been billed was billed at its price."""

    slug = "price-in-the-past"
    title = "The price would begin in the past"

    def __init__(self, today: date, *where: str) -> None:
        message = f"a price is set or taken away for {today} or a later day"
        super().__init__([{"loc": list(where), "msg": message, "type": "in_the_past"}])
