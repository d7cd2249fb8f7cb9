"""Imports as the API shows them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.ingestion.imports.model import ErrorSource, ImportJob, ImportStatus, RowError


class Counts(BaseModel):
    """Rows by what a service made of them; those it refused are not among them."""

    created: int = Field(description="Rows that brought something new.")
    updated: int = Field(0, description="Rows that changed something known.")
    unchanged: int = Field(description="Rows that said what was known already.")


class ImportOut(BaseModel):
    """One file taken in. Counts grow until the status is final, and stay then."""

    id: UUID
    status: ImportStatus
    file_name: str
    byte_size: int
    sha256: str = Field(description="Of the file's content.")
    same_content_as: UUID | None = Field(description="The latest earlier import of this content.")
    currency: str
    progress_percent: int = Field(
        ge=0, le=100, description="Share of the file answered by the services; 100 when over."
    )
    rows: int = Field(description="Rows read so far, blank ones left out.")
    rows_blank: int
    rows_refused: int = Field(description="By the validation, by customers, or by billing.")
    rows_accepted: int = Field(description="rows - rows_refused.")
    customers: Counts = Field(description="Rows by what they did to customers and lines.")
    invoices: Counts = Field(description="Rows with a debt, by what they did to invoices.")
    warnings: list[str]
    failure: str | None = Field(description="Why the file as a whole was refused.")
    uploaded_by: UUID
    uploaded_by_name: str
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: ImportJob) -> Self:
        """Show a job."""
        return cls(
            id=job.id,
            status=ImportStatus(job.status),
            file_name=job.file_name,
            byte_size=job.byte_size,
            sha256=job.digest,
            same_content_as=job.same_content_as,
            currency=job.currency,
            progress_percent=job.progress_percent,
            rows=job.rows,
            rows_blank=job.rows_blank,
            rows_refused=job.rows_refused,
            rows_accepted=job.rows - job.rows_refused,
            customers=Counts(
                created=job.customers_created,
                updated=job.customers_updated,
                unchanged=job.customers_unchanged,
            ),
            invoices=Counts(created=job.invoices_created, unchanged=job.invoices_unchanged),
            warnings=job.warnings,
            failure=job.failure,
            uploaded_by=job.uploaded_by,
            uploaded_by_name=job.uploaded_by_name,
            created_at=job.created_at,
            updated_at=job.updated_at,
            finished_at=job.finished_at,
        )


class RowErrorOut(BaseModel):
    """One thing wrong with one row of a file."""

    line: int = Field(description="Where the row starts in the file; the first line is 1.")
    column: str | None = Field(description="Null when the row as a whole is wrong.")
    message: str
    source: ErrorSource = Field(description="Who refused it.")

    @classmethod
    def of(cls, error: RowError) -> Self:
        """Show an error."""
        return cls(
            line=error.line,
            column=error.column,
            message=error.message,
            source=ErrorSource(error.source),
        )
