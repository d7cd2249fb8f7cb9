"""What is refused about queues."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class QueueNameTaken(Problem):
    """The organization has a queue of that name."""

    status = HTTPStatus.CONFLICT
    slug = "queue-name-taken"
    title = "There is a queue of that name"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a queue called {name!r}.", name=name)


class LeaseLost(Problem):
    """The case is not leased to the caller (any more); ask for the next one."""

    status = HTTPStatus.CONFLICT
    slug = "lease-lost"
    title = "The case is not leased to you"

    def __init__(self, case_id: UUID) -> None:
        super().__init__(f"Case {case_id} is not leased to you.", case_id=case_id)
