"""Subscriptions as the API takes and shows them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.billing.invoices.schemas import Quantity
from services.billing.plans.schemas import plain
from services.billing.subscriptions.model import Subscription, SubscriptionChange
from services.billing.subscriptions.rules import ChangeKind, SubscriptionStatus
from shared.money import MoneyIn, MoneyOut

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
BillingDay = Annotated[
    int,
    Field(
        ge=1,
        le=28,
        description="Periods begin on this day of the month; on the day of `starts_on` when left"
        " out.",
    ),
]


class SubscriptionIn(BaseModel):
    """Who is subscribed to what."""

    customer_id: UUID
    line_id: UUID | None = None
    plan_id: UUID
    starts_on: date | None = Field(None, description="Today when left out.")
    billing_day: BillingDay | None = None
    quantity: Quantity = Decimal(1)
    price: MoneyIn | None = Field(None, description="Instead of the plan's.")
    setup_fee: bool = Field(True, description="Charge the plan's setup fee.")


class OnDay(BaseModel):
    """When a change takes effect."""

    on: date | None = Field(None, description="The first day it holds; today when left out.")
    reason: Reason | None = None


class TermsChange(OnDay):
    """Other terms; what is left out stays."""

    plan_id: UUID | None = None
    quantity: Quantity | None = None
    price: MoneyIn | None = Field(None, description="Instead of the plan's; null takes it away.")

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        given = self.model_fields_set & {"plan_id", "quantity", "price"}
        if not given:
            raise ValueError("give a plan_id, a quantity or a price")
        for name in given - {"price"}:
            if getattr(self, name) is None:
                raise ValueError(f"leave {name} out to keep it, or give a value")
        return self


class AdoptIn(BaseModel):
    """How the lines of a plan are subscribed to it."""

    starts_on: date | None = Field(
        None, description="The first day that is charged; today when left out."
    )
    billing_day: BillingDay | None = None
    keep_prices: bool = Field(
        False, description="Charge each line its own price instead of the plan's."
    )


class AdoptOut(BaseModel):
    """What became of the lines that carry the plan's name."""

    plan_id: UUID
    subscribed: int
    left: int = Field(description="More than one request takes; send it again for these.")


class ChangeOut(BaseModel):
    """One change of a subscription, and the terms from its day on."""

    position: int
    kind: ChangeKind
    effective_on: date
    status: SubscriptionStatus
    plan_id: UUID
    plan_name: str | None
    quantity: str = Field(examples=["1", "2.5"])
    price: MoneyOut | None = Field(description="Instead of the plan's.")
    reason: str | None
    made_by: str
    made_at: datetime

    @classmethod
    def of(cls, change: SubscriptionChange, names: Mapping[UUID, str], currency: str) -> Self:
        """Show a change."""
        same = ("position", "kind", "effective_on", "status", "plan_id", "reason")
        return cls(
            **{name: getattr(change, name) for name in (*same, "made_by", "made_at")},
            plan_name=names.get(change.plan_id),
            quantity=plain(change.quantity),
            price=_money(change.price_override_minor, currency),
        )


class SubscriptionOut(BaseModel):
    """A subscription under the terms of its last change."""

    id: UUID
    customer_id: UUID
    customer_name: str | None
    line_id: UUID | None
    plan_id: UUID
    plan_name: str | None
    status: SubscriptionStatus = Field(description="Today, on the organization's calendar.")
    quantity: str = Field(examples=["1", "2.5"])
    price: MoneyOut | None = Field(description="Instead of the plan's.")
    starts_on: date
    ends_on: date | None = Field(description="The first day that is not charged any more.")
    changed_on: date = Field(description="When the last change takes, or took, effect.")
    billing_day: int | None
    next_start: date = Field(description="Where the first period begins that is not billed yet.")
    bills_on: date | None = Field(description="When that is billed; null: never again.")
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(
        cls,
        subscription: Subscription,
        status: str,
        customer_name: str | None,
        plan_name: str | None,
        currency: str,
    ) -> Self:
        """Show a subscription."""
        return cls(**_facts(subscription, status, customer_name, plan_name, currency))


class SubscriptionDetail(SubscriptionOut):
    """A subscription with its history."""

    timeline: list[ChangeOut]

    @classmethod
    def of_history(
        cls,
        subscription: Subscription,
        customer_name: str | None,
        names: Mapping[UUID, str],
        currency: str,
        today: date,
    ) -> Self:
        """Show a subscription and every change it had."""
        status, plan_name = subscription.status_on(today), names.get(subscription.plan_id)
        changes = [ChangeOut.of(each, names, currency) for each in subscription.history]
        facts = _facts(subscription, status, customer_name, plan_name, currency)
        return cls(**facts, timeline=changes)


def _facts(
    subscription: Subscription,
    status: str,
    customer_name: str | None,
    plan_name: str | None,
    currency: str,
) -> dict[str, Any]:
    same = (
        "id",
        "customer_id",
        "line_id",
        "plan_id",
        "starts_on",
        "ends_on",
        "changed_on",
        "billing_day",
        "next_start",
        "bills_on",
        "version",
        "created_at",
        "updated_at",
    )
    return {name: getattr(subscription, name) for name in same} | {
        "status": status,
        "customer_name": customer_name,
        "plan_name": plan_name,
        "quantity": plain(subscription.quantity),
        "price": _money(subscription.price_override_minor, currency),
    }


def _money(minor: int | None, currency: str) -> MoneyOut | None:
    return None if minor is None else MoneyOut.of(minor, currency)
