"""The organization as this service, which owns it, keeps it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Computed
from sqlalchemy.orm import Mapped, mapped_column

from services.customers.base import Base
from services.customers.organizations import problems, rules
from shared.contracts.customers import OrganizationChanged


class Organization(Base):
    """A tenant. Country, currency and sandbox are for life: amounts and ids rest on them."""

    __tablename__ = "organization"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(Computed("id", persisted=True))
    version: Mapped[int]
    name: Mapped[str]
    country: Mapped[str]
    currency: Mapped[str]
    time_zone: Mapped[str]
    locale: Mapped[str]
    sandbox: Mapped[bool]
    clock_offset_seconds: Mapped[int]
    active: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def move_clock(self, to: datetime, *, real: datetime) -> bool:
        """Make a sandbox's clock show `to` while the real one shows `real`; False when it does.

        To the second, and rounded up: the clock never shows less than what was asked.
        """
        if not self.sandbox:
            raise problems.NotASandbox(self.id)
        shown = self.now(real)
        if to < shown:
            raise problems.ClockBackwards(shown, to)
        if to - real > rules.FURTHEST_AHEAD:
            raise problems.ClockTooFar(rules.FURTHEST_AHEAD.days)
        offset = -((real - to) // timedelta(seconds=1))
        moved = offset != self.clock_offset_seconds
        self.clock_offset_seconds = offset
        return moved

    def now(self, real: datetime) -> datetime:
        """What the organization's clock shows while the real one shows `real`."""
        return real + timedelta(seconds=self.clock_offset_seconds)

    def fact(self) -> OrganizationChanged:
        """The whole state, as other services hear it."""
        return OrganizationChanged(
            organization_id=self.id,
            version=self.version,
            name=self.name,
            country=self.country,
            currency=self.currency,
            time_zone=self.time_zone,
            locale=self.locale,
            sandbox=self.sandbox,
            clock_offset_seconds=self.clock_offset_seconds,
            active=self.active,
        )
