"""A filter of cases as a body carries it and as a queue keeps it."""

from datetime import date
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.collections.cases.rules import CaseStatus
from services.collections.cases.store import Filters
from services.collections.text import Needle
from shared.money import MoneyError, MoneyIn
from shared.problems import ValidationFailed

Code = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class CaseFilter(BaseModel):
    """Which cases; what is left out filters nothing."""

    model_config = ConfigDict(extra="forbid")

    status: list[CaseStatus] | None = Field(None, max_length=len(CaseStatus))
    collector_id: UUID | None = None
    assigned: bool | None = None
    customer_id: UUID | None = None
    line_id: UUID | None = None
    stage: Code | None = None
    segment: Code | None = None
    priority: Annotated[int, Field(ge=0, le=100)] | None = None
    min_debt: MoneyIn | None = None
    max_debt: MoneyIn | None = None
    opened_from: date | None = None
    opened_to: date | None = None
    last_contact_from: AwareDatetime | None = None
    last_contact_to: AwareDatetime | None = Field(
        None, description="Before; those never contacted are among them."
    )
    next_action_to: date | None = None
    q: Needle | None = Field(None, description="Part of the customer's name.")

    def filters(self, currency: str) -> Filters:
        """The same as queries take it; ValidationFailed when nothing could ever fit."""
        filters = Filters(
            status=frozenset(self.status) if self.status else None,
            collector_id=self.collector_id,
            assigned=self.assigned,
            customer_id=self.customer_id,
            line_id=self.line_id,
            stage=self.stage,
            segment=self.segment,
            priority=self.priority,
            min_debt_minor=_minor(self.min_debt, currency, "min_debt"),
            max_debt_minor=_minor(self.max_debt, currency, "max_debt"),
            opened_from=self.opened_from,
            opened_to=self.opened_to,
            last_contact_from=self.last_contact_from,
            last_contact_to=self.last_contact_to,
            next_action_to=self.next_action_to,
            q=self.q,
        )
        if found := contradiction(filters):
            raise ValidationFailed.of(found.why, "body", "filter", found.name)
        return filters


class Contradiction(NamedTuple):
    """A part of a filter that no case can fulfil beside the others."""

    name: str
    why: str


def contradiction(filters: Filters) -> Contradiction | None:
    """What of a filter excludes everything, if anything does."""
    ranges: tuple[tuple[str, Any, Any, str], ...] = (
        ("max_debt", filters.min_debt_minor, filters.max_debt_minor, "is less than min_debt"),
        ("opened_to", filters.opened_from, filters.opened_to, "is before opened_from"),
        (
            "last_contact_to",
            filters.last_contact_from,
            filters.last_contact_to,
            "is before last_contact_from",
        ),
    )
    for name, least, most, why in ranges:
        if least is not None and most is not None and least > most:
            return Contradiction(name, why)
    if filters.assigned is False and filters.collector_id is not None:
        return Contradiction("collector_id", "is given, and so no case is unassigned")
    return None


def _minor(given: MoneyIn | None, currency: str, name: str) -> int | None:
    if given is None:
        return None
    try:
        return given.to_minor(currency)
    except MoneyError as error:
        raise ValidationFailed.of(str(error), "body", "filter", name) from error
