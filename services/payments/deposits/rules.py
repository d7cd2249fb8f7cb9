"""Kinds of deposit accounts, and which money each takes by default."""

from enum import StrEnum
from typing import Final

from shared.contracts.payments import PaymentMethod


class DepositKind(StrEnum):
    """What a deposit account is."""

    CASH_DESK = "cash_desk"
    BANK = "bank"
    PROCESSOR = "processor"


METHODS: Final = {
    DepositKind.CASH_DESK: (PaymentMethod.CASH, PaymentMethod.CHECK),
    DepositKind.BANK: (PaymentMethod.BANK_TRANSFER, PaymentMethod.OTHER),
    DepositKind.PROCESSOR: (PaymentMethod.CARD, PaymentMethod.WALLET),
}
NAMES: Final = {
    DepositKind.CASH_DESK: "Cash desk",
    DepositKind.BANK: "Bank",
    DepositKind.PROCESSOR: "Card processor",
}


def kind_of(method: PaymentMethod) -> DepositKind:
    """Where money of a method lands when nobody said otherwise."""
    return next(kind for kind, methods in METHODS.items() if method in methods)
