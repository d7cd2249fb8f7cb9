"""Statements as the API shows them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.billing.statements.rules import (
    CustomerSum,
    Kind,
    KindSum,
    Movement,
    Scope,
    Standing,
    StatementStatus,
    Sums,
)
from shared.money import MoneyOut
from shared.pages import Page


class StatementMovementOut(BaseModel):
    """One thing that moved the debt."""

    moved_on: date = Field(description="The day from which it counts.")
    kind: Kind
    amount: MoneyOut = Field(description="What raises the debt is positive.")
    balance: MoneyOut = Field(description="Owed after it.")
    reference: str | None = Field(description="A number, a payer's reference, a reason.")
    customer_id: UUID
    invoice_id: UUID | None
    payment_id: UUID | None
    recorded_at: datetime = Field(description="The instant from which it is known.")


class StatementInvoice(BaseModel):
    """One invoice as it stood on the statement's last day."""

    id: UUID
    number: str
    customer_id: UUID
    issued_on: date
    due_on: date
    total: MoneyOut
    paid: MoneyOut
    credited: MoneyOut
    written_off: MoneyOut = Field(description="Given up, and no money came for it.")
    open: MoneyOut
    status: StatementStatus

    @classmethod
    def of(cls, standing: Standing, scope: Scope) -> Self:
        """Show an invoice."""

        def money(minor: int) -> MoneyOut:
            return MoneyOut.of(minor, scope.currency)

        return cls(
            id=standing.id,
            number=standing.number,
            customer_id=standing.customer_id,
            issued_on=standing.issued_on,
            due_on=standing.due_on,
            total=money(standing.total_minor),
            paid=money(standing.paid_minor),
            credited=money(standing.credited_minor),
            written_off=money(standing.written_off_minor),
            open=money(standing.open_minor),
            status=standing.status_on(scope.until),
        )


class CustomerTotals(BaseModel):
    """One customer's part of an organization's statement."""

    customer_id: UUID
    name: str
    opening: MoneyOut
    charged: MoneyOut = Field(description="What raised the debt.")
    settled: MoneyOut = Field(description="What lowered it; negative.")
    closing: MoneyOut
    movements: int

    @classmethod
    def of(cls, mine: CustomerSum, currency: str) -> Self:
        """Show a customer's totals."""
        return cls(
            customer_id=mine.customer_id,
            name=mine.name,
            opening=MoneyOut.of(mine.opening_minor, currency),
            charged=MoneyOut.of(mine.charged_minor, currency),
            settled=MoneyOut.of(mine.settled_minor, currency),
            closing=MoneyOut.of(mine.closing_minor, currency),
            movements=mine.movements,
        )


class KindTotal(BaseModel):
    """The movements of one kind within the period."""

    kind: Kind
    count: int
    amount: MoneyOut

    @classmethod
    def of(cls, each: KindSum, currency: str) -> Self:
        """Show a sum."""
        return cls(
            kind=each.kind, count=each.count, amount=MoneyOut.of(each.amount_minor, currency)
        )


class StatementHead(BaseModel):
    """A statement in figures: complete, whatever is on the pages."""

    currency: str
    from_on: date | None = Field(description="Null: since the beginning.")
    until: date = Field(description="The last day that counts.")
    known_at: datetime = Field(
        description="What was recorded by then is in it; pass it as `as_known_at` to see the same."
    )
    opening: MoneyOut
    closing: MoneyOut = Field(description="opening + every movement = open - credit.")
    open: MoneyOut = Field(description="What invoices still ask for on the last day.")
    overdue: MoneyOut
    credit: MoneyOut = Field(description="Money received and put against no invoice.")
    kinds: list[KindTotal]
    movement_count: int
    invoice_count: int


class CustomerStatement(StatementHead):
    """A customer's statement: figures, and the first page of movements and invoices."""

    customer_id: UUID
    customer_name: str
    movements: Page[StatementMovementOut]
    invoices: Page[StatementInvoice]


class OrganizationStatement(StatementHead):
    """An organization's statement: figures, and the first page of each list."""

    customer_count: int
    movements: Page[StatementMovementOut]
    invoices: Page[StatementInvoice]
    customers: Page[CustomerTotals]


def head(sums: Sums, scope: Scope, known_at: datetime) -> dict[str, object]:
    """The figures, as members of a statement."""

    def money(minor: int) -> MoneyOut:
        return MoneyOut.of(minor, scope.currency)

    return {
        "currency": scope.currency,
        "from_on": scope.from_on,
        "until": scope.until,
        "known_at": known_at,
        "opening": money(sums.opening_minor),
        "closing": money(sums.closing_minor),
        "open": money(sums.open_minor),
        "overdue": money(sums.overdue_minor),
        "credit": money(sums.credit_minor),
        "kinds": [KindTotal.of(each, scope.currency) for each in sums.kinds],
        "movement_count": sums.movements,
        "invoice_count": sums.invoices,
    }


def balanced(
    rows: Iterable[Movement], balance_minor: int, currency: str
) -> list[StatementMovementOut]:
    """Movements with the balance after each, from the balance before the first."""
    shown = []
    for row in rows:
        balance_minor += row.amount_minor
        shown.append(
            StatementMovementOut(
                moved_on=row.moved_on,
                kind=row.kind,
                amount=MoneyOut.of(row.amount_minor, currency),
                balance=MoneyOut.of(balance_minor, currency),
                reference=row.reference,
                customer_id=row.customer_id,
                invoice_id=row.invoice_id,
                payment_id=row.payment_id,
                recorded_at=row.recorded_at,
            )
        )
    return shown
