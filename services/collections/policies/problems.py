"""What may be refused about policies."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class PolicyNotDraft(Problem):
    """Only a draft can be edited or published."""

    status = HTTPStatus.CONFLICT
    slug = "policy-not-draft"
    title = "The policy is not a draft"

    def __init__(self, policy_id: UUID, status: str) -> None:
        super().__init__(
            f"Policy {policy_id} is {status} and never changes again; draft another one.",
            policy_id=str(policy_id),
            policy_status=status,
        )


class PolicyRetired(Problem):
    """The policy is out of use already."""

    status = HTTPStatus.CONFLICT
    slug = "policy-retired"
    title = "The policy is retired"

    def __init__(self, policy_id: UUID) -> None:
        super().__init__(f"Policy {policy_id} is retired already.", policy_id=str(policy_id))


class DayOutOfReach(Problem):
    """The day is past, or further ahead than the policy lets anybody agree."""

    status = HTTPStatus.CONFLICT
    slug = "day-out-of-reach"
    title = "The day cannot be agreed on"
