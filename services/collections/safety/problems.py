"""What may be refused about safety stops."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class AnotherPersonNeeded(Problem):
    """The second release must be another person's."""

    status = HTTPStatus.CONFLICT
    slug = "another-person-needed"
    title = "Another person must release it"

    def __init__(self, stop_id: UUID) -> None:
        super().__init__(
            "You have released it already; it goes on when somebody else does, too.",
            stop_id=str(stop_id),
        )


class StopDecided(Problem):
    """The stop was released or dismissed before."""

    status = HTTPStatus.CONFLICT
    slug = "stop-decided"
    title = "The stop is decided"

    def __init__(self, stop_id: UUID, status: str) -> None:
        super().__init__(f"It is {status} already.", stop_id=str(stop_id), stop_status=status)
