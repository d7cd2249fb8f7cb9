"""Kinds of returns, and what a payment is called once money of it went away."""

from collections.abc import Iterable
from enum import StrEnum


class ReturnKind(StrEnum):
    """Why money of a payment went away."""

    REFUND = "refund"
    REVERSAL = "reversal"
    CHARGEBACK = "chargeback"


class PaymentStatus(StrEnum):
    """What became of a payment; the first three are not money, or not yet."""

    PENDING = "pending"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"
    REVERSED = "reversed"


def status_of(
    amount_minor: int, returns: Iterable[tuple[str, int]], *, disputed: bool = False
) -> PaymentStatus:
    """A payment's status from the kinds and amounts of its returns.

    The worst that happened names it; an open dispute shows until money has gone for it.
    """
    sums: dict[str, int] = {}
    for kind, minor in returns:
        sums[kind] = sums.get(kind, 0) + minor
    if ReturnKind.REVERSAL in sums:
        return PaymentStatus.REVERSED
    if ReturnKind.CHARGEBACK in sums:
        return PaymentStatus.CHARGED_BACK
    if disputed:
        return PaymentStatus.DISPUTED
    refunded = sums.get(ReturnKind.REFUND, 0)
    if not refunded:
        return PaymentStatus.SUCCEEDED
    return PaymentStatus.REFUNDED if refunded == amount_minor else PaymentStatus.PARTIALLY_REFUNDED
