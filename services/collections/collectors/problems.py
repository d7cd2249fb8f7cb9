"""What is refused about collectors."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class CollectorTaken(Problem):
    """The user is a collector of this organization already."""

    status = HTTPStatus.CONFLICT
    slug = "collector-taken"
    title = "The user is a collector already"

    def __init__(self, user_id: UUID) -> None:
        super().__init__(f"User {user_id} is a collector already.", user_id=user_id)


class CollectorFull(Problem):
    """The collector has as many cases as it can take; close some, or give the case to another."""

    status = HTTPStatus.CONFLICT
    slug = "collector-full"
    title = "The collector has no room"

    def __init__(self, collector_id: UUID) -> None:
        super().__init__(
            f"Collector {collector_id} has as many cases as its capacity.",
            collector_id=collector_id,
        )


class CollectorInactive(Problem):
    """The collector takes no cases any more."""

    status = HTTPStatus.CONFLICT
    slug = "collector-inactive"
    title = "The collector is not active"

    def __init__(self, collector_id: UUID) -> None:
        super().__init__(f"Collector {collector_id} is not active.", collector_id=collector_id)
