"""What is refused about lines and their holds."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class IllegalLineMove(Problem):
    """The line's status does not permit the move; `allowed` names those it does."""

    status = HTTPStatus.CONFLICT
    slug = "illegal-line-move"
    title = "The line's status does not permit that"

    def __init__(self, line_id: UUID, status: str, move: str, allowed: Sequence[str]) -> None:
        permitted = ", ".join(allowed) or "nothing any more"
        super().__init__(
            f"Line {line_id} is {status}: it cannot {move}. Allowed: {permitted}.",
            line_id=line_id,
            line_status=status,
            move=move,
            allowed=list(allowed),
        )


class LineNumberTaken(Problem):
    """The customer has a line of this number; leave the number out to get the next one."""

    status = HTTPStatus.CONFLICT
    slug = "line-number-taken"
    title = "The customer has a line of that number"

    def __init__(self, customer_id: UUID, number: int) -> None:
        super().__init__(
            f"Customer {customer_id} has a line {number}; leave the number out to get the next.",
            customer_id=customer_id,
            number=number,
        )


class HoldAlreadyPlaced(Problem):
    """The line is held for this reason already."""

    status = HTTPStatus.CONFLICT
    slug = "hold-already-placed"
    title = "The line is held for that reason already"

    def __init__(self, line_id: UUID, reason: str) -> None:
        super().__init__(
            f"Line {line_id} is held for {reason} already.", line_id=line_id, reason=reason
        )


class HoldNotPlaced(Problem):
    """The line is not held for this reason."""

    status = HTTPStatus.NOT_FOUND
    slug = "hold-not-placed"
    title = "The line is not held for that reason"

    def __init__(self, line_id: UUID, reason: str) -> None:
        super().__init__(
            f"Line {line_id} is not held for {reason}.", line_id=line_id, reason=reason
        )


class HoldBelongsToCollections(Problem):
    """Only collections places and lifts `non_payment`: it follows from what is owed."""

    status = HTTPStatus.CONFLICT
    slug = "hold-belongs-to-collections"
    title = "The hold follows from what is owed"

    def __init__(self, line_id: UUID) -> None:
        super().__init__(
            "A non_payment hold is placed and lifted by collections alone, as the debts and the"
            " policy demand: record the payment, or change the policy.",
            line_id=line_id,
            reason="non_payment",
        )
