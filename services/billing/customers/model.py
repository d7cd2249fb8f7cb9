"""Customers and lines as projected from the customers service's facts."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.billing.base import Base


class Customer(Base):
    """A customer, as far as invoices care."""

    __tablename__ = "customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    version: Mapped[int]
    name: Mapped[str]
    active: Mapped[bool]
    email: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]


class Line(Base):
    """A line, as far as invoices care."""

    __tablename__ = "line"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    version: Mapped[int]
    number: Mapped[int]
    status: Mapped[str]
    plan_name: Mapped[str | None]
    price_minor: Mapped[int | None]
    installed_on: Mapped[date | None]
