"""The words of a dispute."""

from enum import StrEnum


class DisputeState(StrEnum):
    """Whether it was decided, and how."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
