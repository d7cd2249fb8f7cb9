"""A policy tried over the past as one would write it first: customer by customer, day by day."""

import time
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.policy import DOCUMENT
from services.collections.debts.debt import Debt
from services.collections.decisions.rules import About, judge
from services.collections.policies.document import DunningDocument
from services.collections.policies.rules import Policy, compile_policy
from shared.db import Database

DAYS: Final = 365


class Base(DeclarativeBase):
    """Collections' tables as this file reads them."""


class PastDebt(Base):
    """An invoice of the past, in collections' own table."""

    __tablename__ = "debt"

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID]
    number: Mapped[str]
    currency: Mapped[str]
    total_minor: Mapped[int]
    due_on: Mapped[date]
    issued_on: Mapped[date]


class PastChange(Base):
    """What was settled of an invoice from a day on."""

    __tablename__ = "debt_change"

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    settled_minor: Mapped[int]
    on_day: Mapped[date]


class PastCustomer(Base):
    """A customer, with what segments ask for."""

    __tablename__ = "customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]


async def tried_day_by_day(
    database: Database, organization_id: UUID, today: date, customers: int
) -> float:
    """Customers per second, a transaction and a year of days for each."""
    document = DunningDocument.model_validate(DOCUMENT)
    policy = compile_policy(document, 0, "USD", "EC")
    async with database.session(organization_id) as session:
        query = select(PastCustomer.id).where(PastCustomer.organization_id == organization_id)
        chosen = (await session.scalars(query.order_by(PastCustomer.id).limit(customers))).all()
    began = time.perf_counter()
    for customer_id in chosen:
        async with database.session(organization_id) as session:
            await _one(session, customer_id, policy, today)
    return len(chosen) / (time.perf_counter() - began)


async def _one(session: AsyncSession, customer_id: UUID, policy: Policy, today: date) -> int:
    """How often the customer's line would have been suspended."""
    query = select(PastDebt).where(PastDebt.customer_id == customer_id)
    debts = (await session.scalars(query)).all()
    changes: dict[UUID, Sequence[PastChange]] = {}
    for debt in debts:
        of_debt = select(PastChange).where(PastChange.invoice_id == debt.invoice_id)
        changes[debt.invoice_id] = (await session.scalars(of_debt)).all()
    times, off = 0, False
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        verdict = judge(list(_open(debts, changes, day)), policy, day, About(), off=off)
        times += verdict.justified and not off
        off = verdict.justified
    return times


def _open(
    debts: Iterable[PastDebt], changes: dict[UUID, Sequence[PastChange]], day: date
) -> Iterable[Debt]:
    """What was open and due on a day."""
    for debt in debts:
        settled = max(
            (c.settled_minor for c in changes[debt.invoice_id] if c.on_day <= day), default=0
        )
        left = debt.total_minor - settled
        if debt.issued_on <= day and debt.due_on < day and left:
            yield Debt(
                debt.invoice_id, debt.number, debt.currency, left, debt.due_on, debt.line_id, False
            )
