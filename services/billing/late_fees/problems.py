"""Refusals about late fees and their rules."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from services.billing.late_fees.rules import Refusal
from shared.problems import Problem

WORDS: Final = {
    Refusal.RULE_INACTIVE: "the rule is inactive",
    Refusal.NOT_ISSUED: "only an issued invoice is charged for lateness",
    Refusal.IS_A_FEE: "no fee is charged on a fee",
    Refusal.NOTHING_OPEN: "nothing is open on it",
    Refusal.NOT_OVERDUE: "it is not overdue",
    Refusal.OTHER_CURRENCY: "the rule's amounts are in another currency",
    Refusal.COMES_TO_NOTHING: "the fee would come to 0",
}


class NotChargeable(Problem):
    """No late fee is due on the invoice; `reason` says why not."""

    status = HTTPStatus.CONFLICT
    slug = "late-fee-not-due"
    title = "No late fee is due"

    def __init__(self, invoice_id: UUID, reason: Refusal) -> None:
        super().__init__(
            f"Invoice {invoice_id} is not charged a late fee: {WORDS[reason]}.",
            invoice_id=invoice_id,
            reason=reason,
        )


class RuleUnknown(Problem):
    """The organization has no late-fee rule of that code."""

    status = HTTPStatus.NOT_FOUND
    slug = "late-fee-rule-unknown"
    title = "Late-fee rule unknown"

    def __init__(self, code: str) -> None:
        super().__init__(f"There is no late-fee rule {code!r}.", code=code)


class RuleCodeTaken(Problem):
    """One active rule has a code; deactivate it to put another in its place."""

    status = HTTPStatus.CONFLICT
    slug = "late-fee-rule-code-taken"
    title = "An active rule has the code"

    def __init__(self, code: str) -> None:
        super().__init__(f"There is an active late-fee rule {code!r}.", code=code)


class RuleUsed(Problem):
    """A rule that has charged keeps its amounts; put another one with its code in its place."""

    status = HTTPStatus.CONFLICT
    slug = "late-fee-rule-used"
    title = "The rule has been used"

    def __init__(self, rule_id: UUID) -> None:
        super().__init__(
            f"Rule {rule_id} has charged fees; deactivate it and make another one with its code.",
            rule_id=rule_id,
        )
