"""Statements as they are asked for: whose, which days, known when; then read, page by page."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.billing.papers.invoice import Addressee
from services.billing.statements import cursors, store
from services.billing.statements.problems import PeriodReversed
from services.billing.statements.rules import CustomerSum, Movement, Scope, Standing, Sums
from services.billing.statements.schemas import (
    CustomerTotals,
    StatementInvoice,
    StatementMovementOut,
    balanced,
)
from shared import clock
from shared.db import Connection
from shared.pages import Page
from shared.problems import NotFound
from shared.tenancy import Organization


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks of a statement."""

    from_on: date | None = None
    to: date | None = None
    as_of: date | None = None
    as_known_at: datetime | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a statement is about."""

    scope: Scope
    organization: Organization
    customer: Addressee | None


async def subject_of(
    tx: Connection, organization: Organization, customer_id: UUID | None, asked: Asked
) -> Subject:
    """Whose statement in which bounds; raises NotFound and PeriodReversed.

    Nothing counts that is effective after `as_of` (today), nor after `to`.
    """
    customer, currency = None, organization.currency
    if customer_id is not None:
        row = await store.customer(tx, organization.id, customer_id, currency)
        if row is None:
            raise NotFound("customer", customer_id)
        customer = Addressee(row["name"], row["email"], row["language"])
        currency = row["currency"]
    until = asked.as_of or organization.today()
    if asked.to is not None:
        until = min(until, asked.to)
    if asked.from_on is not None and asked.from_on > until:
        raise PeriodReversed
    scope = Scope(
        organization.id,
        customer_id,
        asked.currency or currency,
        asked.from_on,
        until,
        asked.as_known_at,
    )
    return Subject(scope, organization, customer)


def known_at(scope: Scope, sums: Sums) -> datetime:
    """The instant a statement is of: the one asked for, else now (or the newest of its facts)."""
    return scope.known_at or max(clock.now(), sums.recorded_through or clock.now())


def movement_page(
    rows: list[Movement], balance_minor: int, scope: Scope, instant: datetime, limit: int
) -> Page[StatementMovementOut]:
    """A page of movements, read one longer than it is shown."""
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        last = shown[-1]
        balance = balance_minor + sum(row.amount_minor for row in shown)
        following = cursors.write("m", instant, last.moved_on, last.rank, last.id, balance)
    return Page(items=balanced(shown, balance_minor, scope.currency), next=following)


def invoice_page(
    rows: list[Standing], scope: Scope, instant: datetime, limit: int
) -> Page[StatementInvoice]:
    """A page of invoices, read one longer than it is shown."""
    shown, following = rows[:limit], None
    if len(rows) > limit:
        following = cursors.write("i", instant, shown[-1].issued_on, shown[-1].id)
    return Page(items=[StatementInvoice.of(row, scope) for row in shown], next=following)


def customer_page(
    rows: list[CustomerSum], scope: Scope, instant: datetime, limit: int
) -> Page[CustomerTotals]:
    """A page of customers, read one longer than it is shown."""
    shown, following = rows[:limit], None
    if len(rows) > limit:
        following = cursors.write("c", instant, shown[-1].name, shown[-1].customer_id)
    return Page(items=[CustomerTotals.of(row, scope.currency) for row in shown], next=following)


async def more_movements(
    tx: Connection, scope: Scope, cursor: str | None, limit: int
) -> Page[StatementMovementOut]:
    """The movements at a cursor; without one, from the beginning."""
    if cursor is None:
        found = await store.whole(tx, scope, limit + 1)
        instant = known_at(scope, found.sums)
        return movement_page(found.movements, found.sums.opening_minor, scope, instant, limit)
    instant, place = cursors.movement_place(cursor)
    pinned = replace(scope, known_at=instant)
    rows = await store.movements(tx, pinned, place, limit + 1)
    return movement_page(rows, place.balance_minor, pinned, instant, limit)


async def more_invoices(
    tx: Connection, scope: Scope, cursor: str | None, limit: int
) -> Page[StatementInvoice]:
    """The invoices at a cursor; without one, from the beginning."""
    instant, place = scope.known_at or clock.now(), (date.min, store.LOWEST)
    pinned = scope
    if cursor is not None:
        instant, place = cursors.invoice_place(cursor)
        pinned = replace(scope, known_at=instant)
    rows = await store.invoices(tx, pinned, place, limit + 1)
    return invoice_page(rows, pinned, instant, limit)


async def more_customers(
    tx: Connection, scope: Scope, cursor: str | None, limit: int
) -> Page[CustomerTotals]:
    """The customers at a cursor; without one, from the beginning."""
    instant, place = scope.known_at or clock.now(), ("", store.LOWEST)
    pinned = scope
    if cursor is not None:
        instant, place = cursors.customer_place(cursor)
        pinned = replace(scope, known_at=instant)
    rows = await store.customers(tx, pinned, place, limit + 1)
    return customer_page(rows, pinned, instant, limit)
