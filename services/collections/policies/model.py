"""Policy versions as stored: written once, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base
from services.collections.policies.rules import Policy, SuspendScope


class PolicyVersion(Base):
    """One version of one organization's policy; the highest is in force."""

    __tablename__ = "policy"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    grace_days: Mapped[int]
    minimum_minor: Mapped[int]
    currency: Mapped[str]
    suspend_scope: Mapped[str]
    active: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]

    def as_policy(self) -> Policy:
        """The terms, as the rules take them."""
        return Policy(
            version=self.version,
            grace_days=self.grace_days,
            minimum_minor=self.minimum_minor,
            currency=self.currency,
            suspend_scope=SuspendScope(self.suspend_scope),
            active=self.active,
        )
