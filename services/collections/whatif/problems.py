"""What may be refused about what-ifs."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class WhatIfOver(Problem):
    """There is nothing left to cancel."""

    status = HTTPStatus.CONFLICT
    slug = "what-if-over"
    title = "The what-if is over"

    def __init__(self, what_if_id: UUID, status: str) -> None:
        super().__init__(
            f"It is {status} already.", what_if_id=str(what_if_id), what_if_status=status
        )
