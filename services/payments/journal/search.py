"""Which entries of the journal are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.deposits.model import JournalEntry
from shared.pages import PageRequest, paginate

LedgerAccount = Literal["deposit", "receivable", "credit", "opening"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None wants all."""

    account: str | None = None
    deposit_account_id: UUID | None = None
    customer_id: UUID | None = None
    invoice_id: UUID | None = None
    payment_id: UUID | None = None
    booked_from: date | None = None
    booked_to: date | None = None

    def conditions(self, organization_id: UUID) -> tuple[str, list[Any]]:
        """The same as `query`, as SQL over `entry`."""
        given = [
            ("entry.account = %s", self.account),
            ("entry.deposit_account_id = %s", self.deposit_account_id),
            ("entry.customer_id = %s", self.customer_id),
            ("entry.invoice_id = %s", self.invoice_id),
            ("entry.payment_id = %s", self.payment_id),
            ("entry.booked_on >= %s", self.booked_from),
            ("entry.booked_on <= %s", self.booked_to),
        ]
        wanted: list[tuple[str, Any]] = [("entry.organization_id = %s", organization_id)]
        wanted += [(text, value) for text, value in given if value is not None]
        return " AND ".join(text for text, _ in wanted), [value for _, value in wanted]

    def query(self, organization_id: UUID) -> Select[JournalEntry]:
        """The wanted entries of an organization."""
        query = select(JournalEntry).where(JournalEntry.organization_id == organization_id)
        same = {
            JournalEntry.account: self.account,
            JournalEntry.deposit_account_id: self.deposit_account_id,
            JournalEntry.customer_id: self.customer_id,
            JournalEntry.invoice_id: self.invoice_id,
            JournalEntry.payment_id: self.payment_id,
        }
        for column, value in same.items():
            if value is not None:
                query = query.where(column == value)
        if self.booked_from is not None:
            query = query.where(JournalEntry.booked_on >= self.booked_from)
        if self.booked_to is not None:
            query = query.where(JournalEntry.booked_on <= self.booked_to)
        return query


async def entries(
    session: AsyncSession, organization_id: UUID, paging: PageRequest, wanted: Wanted
) -> tuple[Sequence[dict[str, Any]], str | None]:
    """One page of entries as columns, and the next cursor.

    Served by ix_journal_entry_booked_on and ix_journal_entry_deposit_account_id.
    """
    rows, following = await paginate(
        session,
        wanted.query(organization_id),
        paging,
        sortable={
            "booked_on": JournalEntry.booked_on.expression,
            "id": JournalEntry.id.expression,
        },
        default="-id" if wanted.deposit_account_id else "-booked_on",
        key=JournalEntry.id.expression,
    )
    return [
        {column.key: getattr(row, column.key) for column in row.__table__.columns}
        for (row,) in rows
    ], following
