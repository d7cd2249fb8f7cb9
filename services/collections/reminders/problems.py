"""What is refused about reminders."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class DeliveryNotSent(Problem):
    """Only what was sent can come back."""

    status = HTTPStatus.CONFLICT
    slug = "delivery-not-sent"
    title = "The delivery was not sent"

    def __init__(self, delivery_id: UUID, status: str) -> None:
        super().__init__(
            f"Delivery {delivery_id} is {status}; only one that was sent can have bounced.",
            delivery_id=delivery_id,
            delivery_status=status,
        )
