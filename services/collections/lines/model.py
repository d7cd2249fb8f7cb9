"""Customers and lines as known here."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class Customer(Base):
    """A customer, as customers last described it."""

    __tablename__ = "customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    name: Mapped[str]
    active: Mapped[bool]
    version: Mapped[int]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    area: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    email: Mapped[str | None]
    phone: Mapped[str | None]


class Line(Base):
    """A line, as customers last described it."""

    __tablename__ = "line"

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    number: Mapped[int]
    status: Mapped[str]
    non_payment: Mapped[bool]
    generation: Mapped[int]
    version: Mapped[int]
    plan_name: Mapped[str | None]
    installed_on: Mapped[date | None]
    essential: Mapped[bool]
