"""Why money cannot land or move, as RFC 9457 problems."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class DepositAccountUnusable(Problem):
    """No active deposit account of that currency takes the money."""

    status = HTTPStatus.CONFLICT
    slug = "deposit-account-unusable"
    title = "The money has no account to land in"

    def __init__(self, account_id: UUID | None, currency: str, method: str) -> None:
        named = (
            f"Deposit account {account_id} is not known, not active or not in {currency}."
            if account_id
            else f"No active deposit account takes {method} in {currency}."
        )
        super().__init__(
            f"{named} See GET /deposit-accounts.", deposit_account_id=account_id, currency=currency
        )
