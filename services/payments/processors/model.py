"""What an organization has set up at a card processor."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class ProcessorAccount(Base):
    """An organization's account at a processor; its secrets are sealed (vault)."""

    __tablename__ = "processor"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    version: Mapped[int]
    provider: Mapped[str]
    publishable_key: Mapped[str | None]
    secret_key_sealed: Mapped[bytes]
    webhook_secret_sealed: Mapped[bytes]
    previous_webhook_secret_sealed: Mapped[bytes | None]
    previous_until: Mapped[datetime | None]
    active: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def place(self, kind: str) -> str:
        """What a secret of this account is sealed for."""
        return f"{self.organization_id}/{self.provider}/{kind}"

    def replace_webhook_secret(self, sealed: bytes, until: datetime) -> None:
        """Take a new secret; the old one holds until then, for deliveries under way."""
        self.previous_webhook_secret_sealed = self.webhook_secret_sealed
        self.previous_until = until
        self.webhook_secret_sealed = sealed
