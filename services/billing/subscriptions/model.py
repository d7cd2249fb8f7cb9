"""The subscription and its changes: what may happen to it, and when not."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.billing.base import Base
from services.billing.subscriptions.problems import (
    ChangeOutOfOrder,
    DayOutOfReach,
    WrongSubscriptionStatus,
)
from services.billing.subscriptions.rules import (
    MOST_DAYS_AHEAD,
    MOST_DAYS_BACK,
    Change,
    ChangeKind,
    SubscriptionStatus,
    Terms,
    terms_on,
)
from shared import clock


class Subscription(Base):
    """A customer's, or one of its lines', subscription to a plan; the terms of the last change."""

    __tablename__ = "subscription"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    plan_id: Mapped[UUID]
    quantity: Mapped[Decimal]
    price_override_minor: Mapped[int | None]
    status: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    changed_on: Mapped[date]
    changes: Mapped[int]
    billing_day: Mapped[int | None]
    anchor_on: Mapped[date]
    next_start: Mapped[date]
    bills_on: Mapped[date | None]
    look_back_from: Mapped[date | None]
    again_on: Mapped[date | None]
    credit_on: Mapped[date | None]
    setup_due: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    history: Mapped[list["SubscriptionChange"]] = relationship(
        order_by="SubscriptionChange.position", cascade="all, delete-orphan", lazy="raise"
    )

    @property
    def terms(self) -> Terms:
        """The terms of the last change."""
        return Terms(
            SubscriptionStatus(self.status), self.plan_id, self.quantity, self.price_override_minor
        )

    def timeline(self) -> list[Change]:
        """Its terms over time."""
        return [each.change() for each in self.history]

    def status_on(self, day: date) -> SubscriptionStatus:
        """Its status on a day."""
        return terms_on(self.timeline(), day).status

    def record(
        self, kind: ChangeKind, on: date, terms: Terms, *, by: str, reason: str | None = None
    ) -> None:
        """Put terms in force from a day on; raises ChangeOutOfOrder."""
        if self.history and on < self.changed_on:
            raise ChangeOutOfOrder(self.id, self.changed_on)
        now = clock.now()
        self.history.append(
            SubscriptionChange(
                organization_id=self.organization_id,
                subscription_id=self.id,
                position=len(self.history) + 1,
                kind=kind.value,
                effective_on=on,
                status=terms.status.value,
                plan_id=terms.plan_id,
                quantity=terms.quantity,
                price_override_minor=terms.price_override_minor,
                reason=reason,
                made_by=by,
                made_at=now,
            )
        )
        self.status, self.plan_id, self.quantity = terms.status.value, terms.plan_id, terms.quantity
        self.price_override_minor = terms.price_override_minor
        self.changed_on, self.changes = on, len(self.history)
        if on < self.next_start:
            self.look_back_from = min(on, self.look_back_from or on)
        if terms.status is SubscriptionStatus.CANCELLED:
            self.ends_on = on
            self.credit_on = None if self.look_back_from is None else on
        self.updated_at = now

    def require(self, *allowed: SubscriptionStatus, what: str) -> None:
        """Raise WrongSubscriptionStatus unless the last change left it in one of these."""
        if self.status not in allowed:
            raise WrongSubscriptionStatus(self.id, SubscriptionStatus(self.status), what)


class SubscriptionChange(Base):
    """One change of a subscription: the terms from a day on, and who made it."""

    __tablename__ = "subscription_change"

    organization_id: Mapped[UUID]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    effective_on: Mapped[date]
    status: Mapped[str]
    plan_id: Mapped[UUID]
    quantity: Mapped[Decimal]
    price_override_minor: Mapped[int | None]
    reason: Mapped[str | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]

    def change(self) -> Change:
        """The change as the rules take it."""
        terms = Terms(
            SubscriptionStatus(self.status), self.plan_id, self.quantity, self.price_override_minor
        )
        return Change(self.effective_on, terms)


def within_reach(day: date, today: date, name: str) -> date:
    """The day, if it is at most a year back and two ahead; raises DayOutOfReach."""
    first, last = today - timedelta(days=MOST_DAYS_BACK), today + timedelta(days=MOST_DAYS_AHEAD)
    if not first <= day <= last:
        raise DayOutOfReach(first, last, name)
    return day
