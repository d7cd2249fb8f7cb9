"""What the naive system does with one payment, one event, one row, one line."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from benchmarks.naive.model import (
    Allocation,
    Customer,
    Decision,
    InboxEvent,
    Invoice,
    Line,
    OutboxEvent,
    Payment,
)
from shared import clock
from shared.money import Money


class Overpayment(Exception):
    """More was offered than is open."""


async def record_payment(
    session: AsyncSession, invoice_id: UUID, amount_minor: int, key: str | None = None
) -> Payment:
    """Lock the invoice, check, store payment, allocation and event; the caller commits."""
    if key is not None:
        known = await session.scalar(select(Payment).where(Payment.idempotency_key == key))
        if known is not None:
            return known
    invoice = await session.scalar(
        select(Invoice).where(Invoice.id == invoice_id).with_for_update()
    )
    if invoice is None or amount_minor > invoice.total_minor - invoice.paid_minor:
        raise Overpayment
    payment = Payment(
        idempotency_key=key,
        customer_id=invoice.customer_id,
        amount_minor=amount_minor,
        method="cash",
        received_on=clock.now().date(),
    )
    payment.allocations.append(Allocation(invoice_id=invoice.id, amount_minor=amount_minor))
    invoice.paid_minor += amount_minor
    if invoice.paid_minor == invoice.total_minor:
        invoice.status = "paid"
    session.add(payment)
    session.add(
        OutboxEvent(
            type="allocation-made",
            data={
                "invoice_id": str(invoice.id),
                "line_id": str(invoice.line_id),
                "paid_minor": invoice.paid_minor,
            },
        )
    )
    await session.flush()
    return payment


async def first_time(session: AsyncSession, event_id: UUID) -> bool:
    """Note an event; False when it was handled before."""
    if await session.get(InboxEvent, event_id) is not None:
        return False
    session.add(InboxEvent(id=event_id))
    return True


async def reassess(session: AsyncSession, data: dict[str, Any]) -> None:
    """Collections: lower the debt, look at the line's debts, order when nothing is due."""
    invoice = await session.get(Invoice, UUID(data["invoice_id"]), with_for_update=True)
    if invoice is None:
        return
    invoice.paid_minor = data["paid_minor"]
    if invoice.paid_minor >= invoice.total_minor:
        invoice.status = "paid"
    await session.flush()
    due = await session.scalars(
        select(Invoice).where(Invoice.line_id == invoice.line_id, Invoice.status == "open")
    )
    line = await session.get(Line, invoice.line_id)
    if due.first() is None and line is not None and line.status == "suspended":
        line.status = "active"
        session.add(
            Decision(line_id=line.id, outcome="reactivate", inputs={"invoice": str(invoice.id)})
        )
        session.add(OutboxEvent(type="reactivation-ordered", data={"line_id": str(line.id)}))


async def suspend_overdue_line(session: AsyncSession, line_id: UUID, today: date) -> bool:
    """The sweep for one line: is anything overdue? Then suspend it."""
    line = await session.get(Line, line_id, with_for_update=True)
    overdue = await session.scalars(
        select(Invoice).where(
            Invoice.line_id == line_id, Invoice.status == "open", Invoice.due_on < today
        )
    )
    invoices = overdue.all()
    if line is None or not invoices or line.status != "active":
        return False
    line.status = "suspended"
    session.add(
        Decision(
            line_id=line.id,
            outcome="suspend",
            inputs={"invoices": [str(invoice.id) for invoice in invoices]},
        )
    )
    session.add(OutboxEvent(type="suspension-ordered", data={"line_id": str(line.id)}))
    return True


async def obey(session: AsyncSession, data: dict[str, Any], status: str) -> None:
    """Customers: carry out an order."""
    line = await session.get(Line, UUID(data["line_id"]), with_for_update=True)
    if line is not None and line.status != status:
        line.status = status
        line.changed_at = clock.now().replace(tzinfo=None)
        session.add(OutboxEvent(type=f"line-{status}", data={"line_id": str(line.id)}))


async def take_in_row(session: AsyncSession, row: dict[str, str]) -> None:
    """One row of a portfolio file: customer, line and debt, made or updated."""
    customer = await session.scalar(
        select(Customer)
        .where(Customer.external_ref == row["customer_ref"])
        .options(selectinload(Customer.lines))
    )
    if customer is None:
        customer = Customer(external_ref=row["customer_ref"], name=row["customer_name"], lines=[])
        session.add(customer)
    customer.name = row["customer_name"]
    customer.national_id = row.get("national_id") or None
    customer.email = row.get("email") or None
    customer.phone = row.get("phone") or None
    line = next((one for one in customer.lines if str(one.number) == row["line_number"]), None)
    if line is None:
        line = Line(number=int(row["line_number"] or 1), plan_name=row["plan_name"])
        customer.lines.append(line)
    await session.flush()
    if row["debt_ref"]:
        invoice = await session.scalar(
            select(Invoice).where(Invoice.external_ref == row["debt_ref"])
        )
        if invoice is None:
            session.add(
                Invoice(
                    external_ref=row["debt_ref"],
                    customer_id=customer.id,
                    line_id=line.id,
                    total_minor=Money.parse(row["amount"], "USD").minor,
                    due_on=date.fromisoformat(row["due_on"]),
                )
            )
            session.add(OutboxEvent(type="invoice-issued", data={"ref": row["debt_ref"]}))


async def bill_line(session: AsyncSession, number: int) -> Invoice:
    """The invoice of one line for a month: read the line, price it, store invoice and event."""
    ref = f"M{number}"
    known = await session.scalar(select(Invoice).where(Invoice.external_ref == ref))
    if known is not None:
        return known
    query = select(Customer).where(Customer.external_ref == f"C{number}")
    customer = await session.scalar(query.options(selectinload(Customer.lines)))
    assert customer is not None
    (line,) = customer.lines
    net = Money(2500, "USD")
    invoice = Invoice(
        external_ref=ref,
        customer_id=customer.id,
        line_id=line.id,
        total_minor=(net + net.percent(Decimal(15))).minor,
        due_on=clock.now().date() + timedelta(days=15),
    )
    session.add(invoice)
    session.add(OutboxEvent(type="invoice-issued", data={"ref": ref}))
    await session.flush()
    return invoice
