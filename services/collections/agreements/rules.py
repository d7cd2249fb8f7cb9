"""Whether an agreement was kept, judged by the money.

Pure rules. An agreement is a list of days with what is to have come by each; a promise and an
offer have one. Money counts by the day it was received on, whenever it was heard of, so the
order of events decides nothing. What a payment brought and took back is summed first, and a
payment that took back more than it brought (it was made before the agreement) counts nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple


class AgreementKind(StrEnum):
    """What was agreed: all by a day, in instalments, or less than all against the rest."""

    PROMISE = "promise"
    PLAN = "plan"
    OFFER = "offer"


class AgreementStatus(StrEnum):
    """How it went. One of which nothing is owed any more for another reason is cancelled."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class Instalment(NamedTuple):
    """What is to have come by a day."""

    number: int
    due_on: date
    amount_minor: int


class Receipt(NamedTuple):
    """What one payment has brought since the agreement."""

    received_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """Where an agreement stands.

    `covered` is how many instalments are paid, in their order; `judge_on` the day on which
    the next one will have been missed, while it is open.
    """

    status: AgreementStatus
    received_minor: int
    covered: int
    judge_on: date | None


def received(receipts: Iterable[Receipt]) -> int:
    """What payments have brought; one that took back more than it brought counts nothing."""
    return sum(receipt.amount_minor for receipt in receipts if receipt.amount_minor > 0)


def plan_debt_is_gone(
    received_minor: int, debt_minor: int, owed_minor: int, fee_open_minor: int
) -> bool:
    """Whether nothing is left to pay of a plan, by what is open of its invoices and its fee.

    One whose debt was paid goes on for its fee. One whose debt went away otherwise has ended:
    its fee is owed like any other invoice.
    """
    return owed_minor == 0 and (fee_open_minor == 0 or received_minor < debt_minor)


def judge(
    instalments: Sequence[Instalment],
    receipts: Iterable[Receipt],
    today: date,
    *,
    grace_days: int,
    debt_is_gone: bool = False,
) -> Judgement:
    """Judge by what was received: kept, broken by an instalment missed, or open until a day.

    An instalment is missed when `grace_days` after its day less has come, in all, than was to
    come by then. With the debt gone for another reason there is nothing left to pay.
    """
    wait = timedelta(days=grace_days)
    counted = [receipt for receipt in receipts if receipt.amount_minor > 0]
    total = received(counted)
    wanted = covered = 0
    judge_on: date | None = None
    for instalment in sorted(instalments, key=lambda each: (each.due_on, each.number)):
        wanted += instalment.amount_minor
        last = instalment.due_on + wait
        in_time = sum(each.amount_minor for each in counted if each.received_on <= last)
        if in_time >= wanted:
            covered += judge_on is None
        elif today > last and not debt_is_gone:
            return Judgement(AgreementStatus.BROKEN, total, covered, None)
        elif judge_on is None:
            judge_on = last + timedelta(days=1)
    if judge_on is None:
        return Judgement(AgreementStatus.KEPT, total, covered, None)
    if debt_is_gone:
        return Judgement(AgreementStatus.CANCELLED, total, covered, None)
    return Judgement(AgreementStatus.OPEN, total, covered, judge_on)
