"""The words of a timeline."""

from enum import StrEnum


class ActivityKind(StrEnum):
    """What happened on a case. The last three are kept elsewhere and shown among the others."""

    OPENED = "opened"
    NOTE = "note"
    CALL = "call"
    CONTACT = "contact"
    MOVED = "moved"
    ASSIGNED = "assigned"
    CHANGED = "changed"
    PAYMENT = "payment"
    PROMISE = "promise"
    PLAN = "plan"
    DISPUTE = "dispute"
    OFFER = "offer"
    PAUSE = "pause"
    STAGE = "stage"
    DECISION = "decision"
    REMINDER = "reminder"
