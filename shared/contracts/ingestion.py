"""What the ingestion service announces: rows of files that passed validation, page by page."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, EventData


class LineRow(Contract):
    """The line that a row describes."""

    line_id: UUID = Field(description="uuid5 of organization, 'line', '<customer_ref>/<number>'.")
    number: int = Field(ge=1)
    plan_name: str
    price_minor: int = Field(ge=0)
    installed_on: date | None
    status: Literal["not_installed", "active"]
    essential: bool | None = Field(None, description="None: the row does not say.")


class CustomerRow(Contract):
    """A customer (and a line, when the row has one) as validated from one row."""

    row: int
    customer_id: UUID = Field(description="uuid5 of organization, 'customer', external_ref.")
    external_ref: str
    name: str
    national_id: str | None
    email: str | None
    phone: str | None
    line: LineRow | None
    language: str | None = None
    time_zone: str | None = None
    area: str | None = None
    tags: tuple[str, ...] = Field((), description="None given: those known stay.")


class CustomerRowsAccepted(EventData, type="ingestion.customer-rows-accepted.v1"):
    """A page of valid customer rows, for customers to apply. Answered page by page."""

    import_id: UUID
    page: int
    currency: str
    rows: tuple[CustomerRow, ...]


class DebtRow(Contract):
    """An open debt as validated from one row; its customer was applied before."""

    row: int
    invoice_id: UUID = Field(description="uuid5 of organization, 'invoice', external_ref.")
    external_ref: str
    customer_id: UUID
    line_id: UUID | None
    amount_minor: int = Field(gt=0)
    issued_on: date | None
    due_on: date
    description: str


class DebtRowsAccepted(EventData, type="ingestion.debt-rows-accepted.v1"):
    """A page of valid debt rows whose customers exist, for billing to apply."""

    import_id: UUID
    page: int
    currency: str
    rows: tuple[DebtRow, ...]


class ImportFinished(EventData, type="ingestion.import-finished.v1"):
    """Every page of a file has been answered; the final counts."""

    import_id: UUID
    file_name: str
    rows: int
    applied: int
    unchanged: int
    refused: int
