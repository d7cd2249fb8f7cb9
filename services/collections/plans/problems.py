"""What is refused about payment plans."""

from http import HTTPStatus

from shared.money import Money
from shared.problems import Problem


class PlanSumDiffers(Problem):
    """The instalments do not sum to the debt and the agreed fee."""

    status = HTTPStatus.CONFLICT
    slug = "plan-sum-differs"
    title = "The instalments do not sum to the debt and the fee"

    def __init__(self, given: Money, wanted: Money) -> None:
        super().__init__(
            f"The instalments come to {given}; the debt and the fee are {wanted}.",
            sum=str(given),
            wanted=str(wanted),
        )
