"""The words of a run."""

from enum import StrEnum


class RunReason(StrEnum):
    """Why an organization is judged, or some of it.

    Somebody asked; its policy or its calendar changed; a file brought debts that are late
    already; a day passed; or moments came, such as a window's opening (all of one day).
    """

    MANUAL = "manual"
    POLICY = "policy"
    CALENDAR = "calendar"
    IMPORT = "import"
    DAY = "day"
    MOMENT = "moment"


class RunStatus(StrEnum):
    """How far a run is."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"
    DISMISSED = "dismissed"
