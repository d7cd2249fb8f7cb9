"""The naive system's tables, mapped."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The mapped base of the naive system."""


class OutboxEvent(Base):
    """An event to publish."""

    __tablename__ = "naive_outbox"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    seq: Mapped[int] = mapped_column(
        BigInteger, server_default=text("nextval('naive_outbox_seq')"), index=True
    )
    type: Mapped[str]
    data: Mapped[dict[str, object]] = mapped_column(JSONB)
    published_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_naive_outbox_waiting", "seq", postgresql_where=text("published_at IS NULL")),
    )


class InboxEvent(Base):
    """An event that was handled."""

    __tablename__ = "naive_inbox"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Customer(Base):
    """Who owes."""

    __tablename__ = "naive_customer"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    external_ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    national_id: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    lines: Mapped[list["Line"]] = relationship(back_populates="customer")


class Line(Base):
    """What is enforced."""

    __tablename__ = "naive_line"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("naive_customer.id"), index=True)
    number: Mapped[int]
    plan_name: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    customer: Mapped[Customer] = relationship(back_populates="lines")


class Invoice(Base):
    """The demand for money."""

    __tablename__ = "naive_invoice"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    external_ref: Mapped[str | None] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(index=True)
    line_id: Mapped[UUID] = mapped_column(index=True)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    due_on: Mapped[date]
    status: Mapped[str] = mapped_column(Text, default="open")

    __table_args__ = (
        Index("ix_naive_invoice_open", "due_on", postgresql_where=text("status = 'open'")),
    )


class Payment(Base):
    """Money in."""

    __tablename__ = "naive_payment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    customer_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str]
    received_on: Mapped[date]
    allocations: Mapped[list["Allocation"]] = relationship(back_populates="payment")


class Allocation(Base):
    """Money put against one invoice."""

    __tablename__ = "naive_allocation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("naive_payment.id"), index=True)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("naive_invoice.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    payment: Mapped[Payment] = relationship(back_populates="allocations")


class Decision(Base):
    """Why a line was suspended or reactivated."""

    __tablename__ = "naive_decision"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    line_id: Mapped[UUID] = mapped_column(index=True)
    outcome: Mapped[str]
    inputs: Mapped[dict[str, object]] = mapped_column(JSONB)
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now())


SEQUENCE = "CREATE SEQUENCE IF NOT EXISTS naive_outbox_seq"
