"""Plans as the API takes and shows them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.billing.invoices.rules import UNTAXED, TaxCategory
from services.billing.invoices.schemas import Rate
from services.billing.plans.model import Plan
from services.billing.plans.rules import Interval, SuspendedRule, Timing, UnusedRule
from shared.money import MoneyIn, MoneyOut

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,50}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class PlanIn(BaseModel):
    """A new plan."""

    code: Code
    name: Name = Field(description="As lines carry it: lines of this name can be adopted.")
    interval: Interval = Interval.MONTHLY
    timing: Timing = Field(
        Timing.PREPAID, description="Billed on a period's first day, or when it is over."
    )
    price: MoneyIn
    price_from: date | None = Field(
        None,
        description="Since when it costs that: today when left out. Periods before have no"
        " price and are not billed.",
    )
    setup_fee: MoneyIn | None = Field(None, description="On the first invoice of a subscription.")
    tax_rate: Rate = Decimal(0)
    price_includes_tax: bool = Field(False, description="Of the price and the setup fee.")
    tax_category: TaxCategory | None = Field(
        None, description="`standard` when left out and there is a rate, else `zero`."
    )
    category_id: UUID | None = Field(
        None, description="The income category of its items; the default one when left out."
    )
    suspended_rule: SuspendedRule = Field(
        SuspendedRule.BILL,
        description="What a suspended line is charged: everything, nothing for a period if it is"
        " suspended on the day that is billed, or its served days.",
    )
    unused_rule: UnusedRule = Field(
        UnusedRule.CREDIT,
        description="What becomes of days billed ahead when a subscription is cancelled: those not"
        " used are credited, or kept.",
    )
    active: bool = True

    @model_validator(mode="after")
    def _untaxed_has_no_rate(self) -> Self:
        if self.tax_rate and self.tax_category in UNTAXED:
            raise ValueError(f"what is {self.tax_category} has no tax rate")
        return self


class PlanPatch(BaseModel):
    """Changes to a plan; what is left out stays. For another rhythm make another plan."""

    name: Name | None = None
    setup_fee: MoneyIn | None = None
    tax_rate: Rate | None = None
    tax_category: TaxCategory | None = None
    category_id: UUID | None = Field(None, description="Null: the default one.")
    suspended_rule: SuspendedRule | None = None
    unused_rule: UnusedRule | None = None
    active: bool | None = None

    @model_validator(mode="after")
    def _only_the_category_can_be_taken_away(self) -> Self:
        for name in self.model_fields_set - {"category_id"}:
            if getattr(self, name) is None:
                raise ValueError(f"leave {name} out to keep it, or give a value")
        return self

    def changes(self, currency: str) -> dict[str, Any]:
        """The columns to set; raises MoneyError for another currency."""
        given = self.model_dump(exclude_unset=True, exclude={"setup_fee"})
        if self.setup_fee is not None:
            given["setup_fee_minor"] = self.setup_fee.to_minor(currency)
        return given


class PriceIn(BaseModel):
    """What a period costs."""

    price: MoneyIn


class PriceOut(BaseModel):
    """A price, and the first day on which a period that begins costs it."""

    starts_on: date
    price: MoneyOut


class PlanOut(BaseModel):
    """A plan."""

    id: UUID
    code: str
    name: str
    interval: Interval
    timing: Timing
    price: MoneyOut | None = Field(description="In force today; null before the first price.")
    prices: list[PriceOut]
    setup_fee: MoneyOut
    tax_rate: str = Field(examples=["15"], description="Per cent.")
    price_includes_tax: bool
    tax_category: TaxCategory
    category_id: UUID | None
    suspended_rule: SuspendedRule
    unused_rule: UnusedRule
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, plan: Plan, today: date) -> Self:
        """Show a plan on a day."""

        def money(minor: int) -> MoneyOut:
            return MoneyOut.of(minor, plan.currency)

        now = plan.terms().price_on(today)
        same = ("id", "code", "name", "interval", "timing", "price_includes_tax", "category_id")
        more = ("tax_category", "suspended_rule", "unused_rule", "active", "version")
        times = ("created_at", "updated_at")
        return cls(
            **{name: getattr(plan, name) for name in (*same, *more, *times)},
            price=None if now is None else money(now),
            prices=[
                PriceOut(starts_on=each.starts_on, price=money(each.price_minor))
                for each in plan.prices
            ],
            setup_fee=money(plan.setup_fee_minor),
            tax_rate=plain(plan.tax_rate),
        )


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
