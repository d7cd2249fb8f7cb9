"""Why money cannot land or move, as RFC 9457 problems."""

from datetime import date
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


class DepositNameTaken(Problem):
    """Another deposit account of that currency has the name."""

    status = HTTPStatus.CONFLICT
    slug = "deposit-name-taken"
    title = "The name is taken"

    def __init__(self, name: str, currency: str) -> None:
        super().__init__(f"A deposit account in {currency} is called {name!r} already.", name=name)


class TransferReversed(Problem):
    """The transfer was undone before, or is itself the undoing of one."""

    status = HTTPStatus.CONFLICT
    slug = "transfer-reversed"
    title = "The transfer cannot be undone"

    def __init__(self, transfer_id: UUID) -> None:
        super().__init__(
            f"Transfer {transfer_id} was undone before, or undoes another one; make a new"
            " transfer instead.",
            transfer_id=transfer_id,
        )


class BookedInTheFuture(Problem):
    """`booked_on` lies in the future of the organization's calendar."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "booked-in-the-future"
    title = "Money cannot have moved in the future"

    def __init__(self, booked_on: date, today: date) -> None:
        super().__init__(
            f"{booked_on} is after {today}, which is today on the organization's calendar.",
            booked_on=booked_on,
            today=today,
        )
