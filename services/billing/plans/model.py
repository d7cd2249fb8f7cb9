"""The plan and its prices."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.billing.base import Base
from services.billing.invoices.rules import TaxCategory
from services.billing.plans.rules import (
    Interval,
    PlanTerms,
    Price,
    SuspendedRule,
    Timing,
    UnusedRule,
)
from shared import clock


class Plan(Base):
    """What may be subscribed to. How often and when it is billed never changes."""

    __tablename__ = "plan"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    code: Mapped[str]
    name: Mapped[str]
    interval: Mapped[str]
    timing: Mapped[str]
    currency: Mapped[str]
    tax_rate: Mapped[Decimal]
    price_includes_tax: Mapped[bool]
    setup_fee_minor: Mapped[int]
    tax_category: Mapped[str]
    category_id: Mapped[UUID | None]
    suspended_rule: Mapped[str]
    unused_rule: Mapped[str]
    active: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    prices: Mapped[list["PlanPrice"]] = relationship(
        order_by="PlanPrice.starts_on", cascade="all, delete-orphan", lazy="raise"
    )

    def set_price(self, starts_on: date, price_minor: int) -> None:
        """Give it a price from a day on; another one of that day is replaced."""
        for price in self.prices:
            if price.starts_on == starts_on:
                price.price_minor = price_minor
                break
        else:
            price = PlanPrice(
                organization_id=self.organization_id,
                plan_id=self.id,
                starts_on=starts_on,
                price_minor=price_minor,
            )
            self.prices.append(price)
            self.prices.sort(key=lambda each: each.starts_on)
        self.touch()

    def touch(self) -> None:
        """Count a change."""
        self.version += 1
        self.updated_at = clock.now()

    def terms(self) -> PlanTerms:
        """As much of it as decides amounts."""
        return PlanTerms(
            id=self.id,
            name=self.name,
            interval=Interval(self.interval),
            timing=Timing(self.timing),
            tax_rate=self.tax_rate,
            price_includes_tax=self.price_includes_tax,
            setup_fee_minor=self.setup_fee_minor,
            suspended_rule=SuspendedRule(self.suspended_rule),
            prices=tuple(Price(each.starts_on, each.price_minor) for each in self.prices),
            tax_category=TaxCategory(self.tax_category),
            category_id=self.category_id,
            unused_rule=UnusedRule(self.unused_rule),
        )


class PlanPrice(Base):
    """A price of a plan, in force from a day until the next one's."""

    __tablename__ = "plan_price"

    organization_id: Mapped[UUID]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    price_minor: Mapped[int]
