"""Whose debts count together, as the rules take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.collections.decisions.rules import NOTHING_ELSE, About, Debt
from services.collections.policies.rules import SuspendScope
from services.collections.policies.store import Terms


@dataclass(slots=True)
class Subject:
    """A line by what is owed for it, or a customer by everything or by what is for no line.

    Which of the latter is the policy's: under scope `line` one without a line is judged by
    what is owed for none. So a school's pupil climbs the same ladder as a line does.
    """

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    terms: Terms
    debts: Sequence[Debt] = ()
    about: About = NOTHING_ELSE

    @property
    def id(self) -> UUID:
        """The line's or the customer's."""
        return self.line_id or self.customer_id

    @property
    def owes_for_no_line(self) -> bool:
        """Whether only what is owed for no line counts."""
        return self.line_id is None and self.terms.policy.suspend_scope is SuspendScope.LINE
