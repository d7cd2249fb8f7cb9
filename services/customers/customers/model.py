"""The customer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.customers.base import Base
from services.customers.customers import problems
from services.customers.customers.rules import Details, search_text
from shared.contracts.customers import CustomerFacts


class Customer(Base):
    """A person or firm that owes.

    `external_ref` is for life, because the id is made of it; a customer that came without
    one has a random id and stays without.
    """

    __tablename__ = "customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    version: Mapped[int]
    name: Mapped[str]
    national_id: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    external_ref: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    area: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    active: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    search_text: Mapped[str] = mapped_column(deferred=True)

    @property
    def details(self) -> Details:
        """What may be revised."""
        return Details(
            self.name,
            self.national_id,
            self.email,
            self.phone,
            self.language,
            self.time_zone,
            self.area,
            tuple(self.tags),
        )

    def revise(self, details: Details, at: datetime) -> bool:
        """Write down new details; False when they are the old ones."""
        if details == self.details:
            return False
        for name, value in details._asdict().items():
            setattr(self, name, list(value) if name == "tags" else value)
        self.search_text = search_text(details, self.external_ref)
        self._changed(at)
        return True

    def deactivate(self, at: datetime) -> None:
        """Serve the customer no longer; raises CustomerAlreadyInactive."""
        if not self.active:
            raise problems.CustomerAlreadyInactive(self.id)
        self.active = False
        self._changed(at)

    def reactivate(self, at: datetime) -> None:
        """Serve the customer again; raises CustomerAlreadyActive."""
        if self.active:
            raise problems.CustomerAlreadyActive(self.id)
        self.active = True
        self._changed(at)

    def require_active(self) -> None:
        """Raise CustomerInactive, which names the customer, unless it is active."""
        if not self.active:
            raise problems.CustomerInactive(self.id, self.name)

    def facts(self) -> dict[str, object]:
        """The whole state, for the facts announced of it."""
        return {name: getattr(self, _COLUMN.get(name, name)) for name in CustomerFacts.model_fields}

    def _changed(self, at: datetime) -> None:
        self.version += 1
        self.updated_at = at


_COLUMN = {"customer_id": "id"}
