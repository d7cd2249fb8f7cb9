"""The words of a run."""

from enum import StrEnum


class RunReason(StrEnum):
    """Why an organization is judged anew: somebody asked, its policy or its calendar changed."""

    MANUAL = "manual"
    POLICY = "policy"
    CALENDAR = "calendar"


class RunStatus(StrEnum):
    """How far a run is."""

    PENDING = "pending"
    RUNNING = "running"
    FINISHED = "finished"
