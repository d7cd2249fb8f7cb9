"""Import jobs and the rows that were refused, as the API reads them.

Jobs are changed by set-based statements in store.py only: pages are read and answered
concurrently, and each change adds to the counts in place.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.ingestion.base import Base


class ImportStatus(StrEnum):
    """Where an import is.

    `uploaded`: waiting for a worker; `validating`: rows are read, checked and handed on;
    `applying`: all rows are read, answers are awaited. The rest is final.
    """

    UPLOADED = "uploaded"
    VALIDATING = "validating"
    APPLYING = "applying"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class ErrorSource(StrEnum):
    """Who refused a row: the validation of the file, or the service it was handed to."""

    FILE = "file"
    CUSTOMERS = "customers"
    BILLING = "billing"


FINAL: Final = frozenset({ImportStatus.FINISHED, ImportStatus.CANCELLED, ImportStatus.FAILED})


class ImportJob(Base):
    """One file taken in."""

    __tablename__ = "import_job"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    version: Mapped[int]
    file_name: Mapped[str]
    byte_size: Mapped[int]
    digest: Mapped[str]
    same_content_as: Mapped[UUID | None]
    currency: Mapped[str]
    uploaded_by: Mapped[UUID]
    uploaded_by_name: Mapped[str]
    status: Mapped[str]
    failure: Mapped[str | None]
    layout: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    pages: Mapped[int]
    pages_answered: Mapped[int]
    bytes_answered: Mapped[int]
    rows: Mapped[int]
    rows_blank: Mapped[int]
    rows_refused: Mapped[int]
    customers_created: Mapped[int]
    customers_updated: Mapped[int]
    customers_unchanged: Mapped[int]
    invoices_created: Mapped[int]
    invoices_unchanged: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    @property
    def over(self) -> bool:
        """Whether nothing about it will change any more."""
        return self.status in FINAL

    @property
    def progress_percent(self) -> int:
        """The part of the file whose rows have been answered; 100 only when it is over."""
        if self.over:
            return 100
        return min(99, self.bytes_answered * 100 // self.byte_size) if self.byte_size else 0


class RowError(Base):
    """One thing wrong with one row; `fields` stands at the first error of a row only."""

    __tablename__ = "row_error"

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    source: Mapped[str]
    column: Mapped[str | None]
    message: Mapped[str]
    fields: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
