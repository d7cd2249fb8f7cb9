"""The rule of a late fee as it is stored."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.billing.base import Base
from services.billing.late_fees.rules import ChargeBy, Period, Rule


class LateFeeRule(Base):
    """A way to charge for lateness. Of the rules with one code, one at most is active."""

    __tablename__ = "late_fee_rule"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    code: Mapped[str]
    name: Mapped[str]
    charge: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int | None]
    rate: Mapped[Decimal | None]
    cap_minor: Mapped[int | None]
    tax_rate: Mapped[Decimal]
    period: Mapped[str]
    due_days: Mapped[int]
    active: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def as_rule(self) -> Rule:
        """The rule as it decides."""
        return Rule(
            id=self.id,
            code=self.code,
            name=self.name,
            charge=ChargeBy(self.charge),
            currency=self.currency,
            amount_minor=self.amount_minor,
            rate=self.rate,
            cap_minor=self.cap_minor,
            tax_rate=self.tax_rate,
            period=Period(self.period),
            due_days=self.due_days,
            active=self.active,
        )
