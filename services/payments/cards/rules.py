"""Which of two reports about the same thing is kept.

Pure rules. Processors deliver webhooks late, twice and in any order, and their answers to
our own questions come in between. So a state is never "changed by" a report: it is the
greatest of all reports that were heard, in an order that does not depend on hearing. The
greatest of a set is the same whichever way the set is read.

A payment: what is final counts more than what is not (money came in > it was cancelled >
anything else); among the rest the later report counts, for a payer may fail and try again.
That somebody may still pay (`created`) counts least, however late it is said.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.payments.processors.port import (
    DisputeReport,
    IntentReport,
    IntentStatus,
    RefundReport,
    RefundStatus,
)
from shared.contracts.payments import DisputeStatus
from shared.money import Money

UNDER_WAY: Final = 2
FINALITY: Final = {
    IntentStatus.PREPARING: 0,
    IntentStatus.CREATED: 1,
    IntentStatus.PROCESSING: UNDER_WAY,
    IntentStatus.FAILED: UNDER_WAY,
    IntentStatus.CANCELLED: 3,
    IntentStatus.SUCCEEDED: 4,
}
WITHIN_A_SECOND: Final = (IntentStatus.PROCESSING, IntentStatus.FAILED)
REFUND_ORDER: Final = (RefundStatus.PENDING, RefundStatus.FAILED, RefundStatus.SUCCEEDED)
DISPUTE_ORDER: Final = (DisputeStatus.OPEN, DisputeStatus.WON, DisputeStatus.LOST)

Order = tuple[int, float, int, int, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a payment at a processor stands, by all that was heard of it."""

    status: IntentStatus
    at: datetime
    received: Money | None = None
    reason: str | None = None

    @classmethod
    def by(cls, report: IntentReport) -> "Standing":
        """Where one report alone puts it."""
        return cls(report.status, report.at, report.received, report.reason)

    @property
    def order(self) -> Order:
        """Greater is what is kept."""
        finality = FINALITY[self.status]
        # What is final, or says nothing, is the same whenever it is said: the first time counts.
        at = self.at.timestamp() if finality == UNDER_WAY else -self.at.timestamp()
        within = WITHIN_A_SECOND.index(self.status) if self.status in WITHIN_A_SECOND else 0
        minor = self.received.minor if self.received else 0
        return finality, at, within, minor, self.reason or ""


@dataclass(frozen=True, slots=True)
class RefundStanding:
    """Where a refund stands. Money that was said to be given back counts as given back."""

    status: RefundStatus
    at: datetime
    failure: str | None = None

    @classmethod
    def by(cls, report: RefundReport) -> "RefundStanding":
        """Where one report alone puts it."""
        failure = (report.reason or "failed") if report.status is RefundStatus.FAILED else None
        return cls(report.status, report.at, failure)

    def joined(self, other: "RefundStanding") -> "RefundStanding":
        """Both together; a failure is remembered even if the refund had succeeded before."""
        kept = max(self, other, key=lambda each: (REFUND_ORDER.index(each.status), -_time(each.at)))
        failure = max(self.failure or "", other.failure or "")
        return RefundStanding(kept.status, kept.at, failure or None)


@dataclass(frozen=True, slots=True)
class DisputeStanding:
    """Where a dispute stands."""

    status: DisputeStatus
    at: datetime

    @classmethod
    def by(cls, report: DisputeReport) -> "DisputeStanding":
        """Where one report alone puts it."""
        return cls(report.status, report.at)

    def joined(self, other: "DisputeStanding") -> "DisputeStanding":
        """Both together: a closed dispute stays closed."""
        return max(
            self, other, key=lambda each: (DISPUTE_ORDER.index(each.status), -_time(each.at))
        )


def joined(standing: Standing, other: Standing) -> Standing:
    """Both together."""
    return max(standing, other, key=lambda each: each.order)


def _time(at: datetime) -> float:
    return at.timestamp()
