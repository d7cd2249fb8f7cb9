"""What is refused about organizations."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class NotASandbox(Problem):
    """Only a sandbox has a clock of its own; a real organization lives in real time."""

    status = HTTPStatus.CONFLICT
    slug = "not-a-sandbox"
    title = "The organization is no sandbox"

    def __init__(self, organization_id: UUID) -> None:
        super().__init__(
            f"Organization {organization_id} is no sandbox; its clock is the real one.",
            organization_id=organization_id,
        )


class ClockBackwards(Problem):
    """A sandbox's clock only moves forward: what fell due cannot become undue."""

    status = HTTPStatus.CONFLICT
    slug = "clock-backwards"
    title = "The clock cannot go back"

    def __init__(self, now: datetime, wanted: datetime) -> None:
        super().__init__(
            f"The organization's clock shows {now.isoformat()}; it cannot go back to"
            f" {wanted.isoformat()}.",
            now=now,
            wanted=wanted,
        )


class ClockTooFar(Problem):
    """A sandbox may run ahead by a hundred years at most."""

    status = HTTPStatus.CONFLICT
    slug = "clock-too-far"
    title = "The clock cannot go that far"

    def __init__(self, limit_days: int) -> None:
        super().__init__(
            f"A sandbox's clock may be at most {limit_days} days ahead; make a new sandbox.",
            limit_days=limit_days,
        )
