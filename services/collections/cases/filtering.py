"""A filter of cases as a body carries it and as a queue keeps it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.collections.cases.rules import CaseStatus
from services.collections.cases.store import Filters
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
    stage: Code | None = None
    segment: Code | None = None
    min_debt: MoneyIn | None = None
    max_debt: MoneyIn | None = None
    opened_from: date | None = None
    opened_to: date | None = None

    def filters(self, currency: str) -> Filters:
        """The same as queries take it."""
        return Filters(
            status=frozenset(self.status) if self.status else None,
            collector_id=self.collector_id,
            assigned=self.assigned,
            customer_id=self.customer_id,
            stage=self.stage,
            segment=self.segment,
            min_debt_minor=_minor(self.min_debt, currency, "min_debt"),
            max_debt_minor=_minor(self.max_debt, currency, "max_debt"),
            opened_from=self.opened_from,
            opened_to=self.opened_to,
        )


def _minor(given: MoneyIn | None, currency: str, name: str) -> int | None:
    if given is None:
        return None
    try:
        return given.to_minor(currency)
    except MoneyError as error:
        raise ValidationFailed.of(str(error), "body", "filter", name) from error
