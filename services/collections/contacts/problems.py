"""What is refused about contacts."""

from http import HTTPStatus
from uuid import UUID

from services.collections.contacts.rules import Broken
from shared.problems import Problem


class ContactRuleBroken(Problem):
    """The contact would break one of the organization's rules; `rule` names it."""

    status = HTTPStatus.CONFLICT
    slug = "contact-rule-broken"
    title = "A rule stands against the contact"

    def __init__(self, customer_id: UUID, broken: Broken) -> None:
        super().__init__(broken.why, rule=broken.rule.value, customer_id=customer_id)
