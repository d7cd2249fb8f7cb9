"""Late fees and their rules as the API takes and shows them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.billing.invoices.schemas import Rate, plain
from services.billing.late_fees.model import LateFeeRule
from services.billing.late_fees.operations import Terms
from services.billing.late_fees.rules import ChargeBy, Period
from shared.money import MoneyIn, MoneyOut

CODE: Final = "^[a-z0-9][a-z0-9_-]{0,49}$"
Code = Annotated[str, StringConstraints(pattern=CODE), Field(examples=["standard"])]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Percent = Annotated[Decimal, Field(gt=0, le=100, decimal_places=4, examples=["5"])]


class FeeTermsIn(BaseModel):
    """What is charged: a flat amount, or a share of what is open, capped if wished."""

    charge: ChargeBy
    amount: MoneyIn | None = Field(None, description="Of a flat fee, before tax.")
    rate: Percent | None = Field(None, description="Per cent of what is open.")
    cap: MoneyIn | None = Field(None, description="The most a percentage comes to, before tax.")
    tax_rate: Rate = Decimal(0)
    period: Period = Period.ONCE
    due_days: int = Field(0, ge=0, le=365, description="From the fee's issue to its due date.")

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        flat = self.charge is ChargeBy.FLAT
        if flat and (self.amount is None or self.rate is not None or self.cap is not None):
            raise ValueError("a flat fee has an amount, and neither rate nor cap")
        if not flat and (self.rate is None or self.amount is not None):
            raise ValueError("a percentage has a rate, may have a cap, and has no amount")
        for money in (self.amount, self.cap):
            if money is not None and not money.amount.strip("0."):
                raise ValueError("amounts of fees are more than 0")
        return self

    def terms(self, currency: str) -> Terms:
        """The terms in the organization's currency."""
        return Terms(
            charge=self.charge.value,
            amount_minor=None if self.amount is None else self.amount.to_minor(currency),
            rate=self.rate,
            cap_minor=None if self.cap is None else self.cap.to_minor(currency),
            tax_rate=self.tax_rate,
            period=self.period.value,
            due_days=self.due_days,
        )


class RuleIn(FeeTermsIn):
    """A new rule."""

    code: Code
    name: Name = Field(description="What the fee's item is called, before the late number.")


class RulePatch(BaseModel):
    """Changes to a rule; what is left out stays. Terms change as a whole, and only before use."""

    name: Name | None = None
    active: bool | None = None
    terms: FeeTermsIn | None = None

    @model_validator(mode="after")
    def _nothing_is_removed(self) -> Self:
        for member in self.model_fields_set:
            if getattr(self, member) is None:
                raise ValueError(f"leave {member} out to keep it")
        return self


class RuleOut(BaseModel):
    """A late-fee rule."""

    id: UUID
    code: str
    name: str
    charge: ChargeBy
    amount: MoneyOut | None
    rate: str | None = Field(description="Per cent.")
    cap: MoneyOut | None
    tax_rate: str = Field(description="Per cent.")
    period: Period
    due_days: int
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, rule: LateFeeRule) -> Self:
        """Show a rule."""
        same = ("id", "code", "name", "charge", "period", "due_days", "active", "version")
        facts: dict[str, Any] = {name: getattr(rule, name) for name in same}
        return cls(
            **facts,
            amount=_money(rule.amount_minor, rule.currency),
            rate=None if rule.rate is None else plain(rule.rate),
            cap=_money(rule.cap_minor, rule.currency),
            tax_rate=plain(rule.tax_rate),
            created_at=rule.created_at,
            updated_at=rule.updated_at,
        )


class LateFeeIn(BaseModel):
    """By which rule a late invoice is charged."""

    rule: Code


def _money(minor: int | None, currency: str) -> MoneyOut | None:
    return None if minor is None else MoneyOut.of(minor, currency)
