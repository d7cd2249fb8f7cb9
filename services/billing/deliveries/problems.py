"""Refusals about deliveries."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class DeliveryNotSent(Problem):
    """Only what was sent can bounce."""

    status = HTTPStatus.CONFLICT
    slug = "delivery-not-sent"
    title = "The delivery was not sent"

    def __init__(self, delivery_id: UUID, state: str) -> None:
        super().__init__(
            f"Delivery {delivery_id} is {state}; only one that was sent can bounce.",
            delivery_id=delivery_id,
            current_state=state,
        )
