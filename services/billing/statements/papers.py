"""A statement as CSV and on paper: every row of it, or a refusal; never a silent cut."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from services.billing.brands import store as brands
from services.billing.papers.invoice import sheet
from services.billing.papers.words import Voice, voice_for
from services.billing.statements import store
from services.billing.statements.operations import Subject
from services.billing.statements.problems import StatementTooLong
from services.billing.statements.rules import CustomerSum, Movement, Scope, Standing, Sums
from shared.db import SCOPE, Connection, Database
from shared.money import exponent

MOST_PRINTED: Final = 2000
"""Some fifty pages: seconds of the printer's time, and 300 MB of its memory."""
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it a spreadsheet takes UTF-8 for the encoding of its country."""
MOVEMENT_COLUMNS: Final = (
    "moved_on",
    "kind",
    "reference",
    "amount",
    "balance",
    "currency",
    "customer_id",
    "invoice_id",
    "payment_id",
    "recorded_at",
)
INVOICE_COLUMNS: Final = (
    "number",
    "issued_on",
    "due_on",
    "total",
    "paid",
    "credited",
    "written_off",
    "open",
    "status",
    "currency",
    "customer_id",
    "id",
)
TONES: Final = {"paid": "good", "overdue": "bad", "void": "bad"}


async def movements_csv(db: Database, scope: Scope) -> AsyncIterator[str]:
    """Opening, every movement with its balance, closing; a bounded number of rows in memory."""
    async with db.transaction(None) as tx:
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        await tx.execute(SCOPE, (str(scope.organization_id),))
        sums = await store.sums(tx, scope)
        balance = sums.opening_minor
        yield BYTE_ORDER_MARK + _lines([MOVEMENT_COLUMNS, _edge(scope, "opening", balance)])
        async for rows in store.every_movement(tx, scope):
            lines = []
            for row in rows:
                balance += row.amount_minor
                lines.append(_movement_cells(row, balance, scope))
            yield _lines(lines)
        yield _lines([_edge(scope, "closing", balance)])


async def invoices_csv(db: Database, scope: Scope) -> AsyncIterator[str]:
    """Every invoice as it stood; a bounded number of rows in memory."""
    yield BYTE_ORDER_MARK + _lines([INVOICE_COLUMNS])
    async with db.transaction(scope.organization_id) as tx:
        async for rows in store.every_invoice(tx, scope):
            yield _lines(_invoice_cells(row, scope) for row in rows)


def _edge(scope: Scope, kind: str, balance_minor: int) -> tuple[str, ...]:
    day = scope.from_on if kind == "opening" else scope.until
    cells = ("" if day is None else day.isoformat(), kind, "", "")
    return (
        *cells,
        _amount(balance_minor, scope),
        scope.currency,
        "",
        "",
        "",
        "",
    )


def _movement_cells(row: Movement, balance_minor: int, scope: Scope) -> tuple[str, ...]:
    return (
        row.moved_on.isoformat(),
        row.kind.value,
        _harmless(row.reference or ""),
        _amount(row.amount_minor, scope),
        _amount(balance_minor, scope),
        scope.currency,
        str(row.customer_id),
        str(row.invoice_id or ""),
        str(row.payment_id or ""),
        row.recorded_at.isoformat(),
    )


def _invoice_cells(row: Standing, scope: Scope) -> tuple[str, ...]:
    amounts = (
        row.total_minor,
        row.paid_minor,
        row.credited_minor,
        row.written_off_minor,
        row.open_minor,
    )
    return (
        row.number,
        row.issued_on.isoformat(),
        row.due_on.isoformat(),
        *(_amount(minor, scope) for minor in amounts),
        row.status_on(scope.until).value,
        scope.currency,
        str(row.customer_id),
        str(row.id),
    )


def _amount(minor: int, scope: Scope) -> str:
    """An amount in digits, as Money writes it and ten times as fast: there may be a million."""
    digits = exponent(scope.currency)
    text = str(abs(minor)).rjust(digits + 1, "0")
    whole = f"{text[:-digits]}.{text[-digits:]}" if digits else text
    return f"-{whole}" if minor < 0 else whole


def _harmless(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _lines(rows: Iterable[Iterable[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


async def statement_paper(tx: Connection, subject: Subject) -> dict[str, Any]:
    """The data of a statement's paper; raises StatementTooLong."""
    scope, organization = subject.scope, subject.organization
    found = await store.whole(tx, scope, MOST_PRINTED + 1)
    rows = found.sums.movements + found.sums.invoices + len(found.customers)
    if rows > MOST_PRINTED:
        raise StatementTooLong(rows, MOST_PRINTED)
    brand = await brands.load(tx, organization.id)
    language = subject.customer.language if subject.customer else None
    voice = voice_for(language, organization.locale)
    pen = Pen(voice, scope)
    return sheet(voice, brand, organization) | {
        "title": voice["statement"],
        "customer": _addressed(subject, voice),
        "facts": pen.facts(),
        "cards": pen.cards(found.sums),
        "opening": {"on": pen.first_day(), "amount": pen.money(found.sums.opening_minor)},
        "closing": {"on": voice.day(scope.until), "amount": pen.money(found.sums.closing_minor)},
        "movements": pen.movements(found.movements, found.sums.opening_minor),
        "invoices": [pen.invoice(row) for row in found.invoices],
        "customers": [pen.customer(row) for row in found.customers],
        "sums": pen.sums(found.sums),
        "pay": subject.customer is not None and found.sums.closing_minor > 0,
        "note": pen.note(organization.zone),
    }


def _addressed(subject: Subject, voice: Voice) -> list[str]:
    if subject.customer is None:
        return [voice["all_customers"]]
    return [part for part in (subject.customer.name, subject.customer.email) if part]


class Pen:
    """Writes the rows of one statement in one voice."""

    def __init__(self, voice: Voice, scope: Scope) -> None:
        self.voice = voice
        self.scope = scope

    def money(self, minor: int) -> str:
        """An amount in the statement's currency."""
        return self.voice.money(minor, self.scope.currency)

    def first_day(self) -> str:
        """The first day of the period, or a word for none."""
        if self.scope.from_on is None:
            return self.voice["beginning"]
        return self.voice.day(self.scope.from_on)

    def facts(self) -> list[list[str]]:
        """Period and currency."""
        return [
            [self.voice["since"], self.first_day()],
            [self.voice["until"], self.voice.day(self.scope.until)],
            [self.voice["currency"], self.scope.currency],
        ]

    def cards(self, sums: Sums) -> list[dict[str, Any]]:
        """The four figures at the top."""
        raised = sum(each.amount_minor for each in sums.kinds if each.amount_minor > 0)
        lowered = sum(each.amount_minor for each in sums.kinds if each.amount_minor < 0)
        figures = {
            "opening": sums.opening_minor,
            "charges": raised,
            "payments": lowered,
            "closing": sums.closing_minor,
        }
        return [
            {"word": self.voice[name], "amount": self.money(minor), "strong": name == "closing"}
            for name, minor in figures.items()
        ]

    def movements(self, rows: Iterable[Movement], balance_minor: int) -> list[list[str]]:
        """Day, what, reference, what it added, what it took off, balance."""
        lines = []
        for row in rows:
            balance_minor += row.amount_minor
            raised = row.amount_minor > 0
            amount = self.money(abs(row.amount_minor))
            lines.append(
                [
                    self.voice.day(row.moved_on),
                    self.voice[f"kind_{row.kind.value}"],
                    row.reference or "",
                    amount if raised else "",
                    "" if raised else amount,
                    self.money(balance_minor),
                ]
            )
        return lines

    def invoice(self, row: Standing) -> dict[str, Any]:
        """One invoice as it stood."""
        status = row.status_on(self.scope.until).value
        return {
            "cells": [
                row.number,
                self.voice.day(row.issued_on),
                self.voice.day(row.due_on),
                self.money(row.total_minor),
                self.money(row.paid_minor),
                self.money(row.open_minor),
            ],
            "status": {"word": self.voice[status], "tone": TONES.get(status, "neutral")},
        }

    def customer(self, row: CustomerSum) -> list[str]:
        """One customer's totals."""
        amounts = (row.opening_minor, row.charged_minor, row.settled_minor, row.closing_minor)
        return [row.name, *(self.money(minor) for minor in amounts)]

    def sums(self, sums: Sums) -> list[dict[str, Any]]:
        """From what is open to what is owed."""
        return [
            {"word": self.voice["open"], "amount": self.money(sums.open_minor), "strong": False},
            {
                "word": self.voice["unallocated"],
                "amount": self.money(-sums.credit_minor),
                "strong": False,
            },
            {
                "word": self.voice["closing"],
                "amount": self.money(sums.closing_minor),
                "strong": True,
            },
        ]

    def note(self, zone: Any) -> str:
        """By when things had to be known to be on it; nothing when all that is known is."""
        if self.scope.known_at is None:
            return ""
        return self.voice["note_known"].format(
            instant=self.voice.instant(self.scope.known_at, zone)
        )
