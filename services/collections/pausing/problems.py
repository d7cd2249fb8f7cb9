"""What may be refused about pauses."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class PausedAlready(Problem):
    """Somebody has paused the customer or the line, and that has not run out."""

    status = HTTPStatus.CONFLICT
    slug = "paused-already"
    title = "It is paused already"

    def __init__(self, pause_id: UUID) -> None:
        super().__init__(
            f"Pause {pause_id} is in force; end it before making another.", pause_id=pause_id
        )


class PauseOver(Problem):
    """The pause was ended, or has run out."""

    status = HTTPStatus.CONFLICT
    slug = "pause-over"
    title = "The pause is over"

    def __init__(self, pause_id: UUID) -> None:
        super().__init__(f"Pause {pause_id} is over already.", pause_id=pause_id)


class PauseNotManual(Problem):
    """A pause that a promise, a plan, an offer, a dispute or a payment put ends with it."""

    status = HTTPStatus.CONFLICT
    slug = "pause-not-manual"
    title = "The pause ends with what it was put for"

    def __init__(self, pause_id: UUID, kind: str) -> None:
        super().__init__(
            f"Pause {pause_id} is of a {kind.replace('_', ' ')}; end that.",
            pause_id=pause_id,
            kind=kind,
        )
