"""What the customers service announces: organizations, customers and lines."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, EventData


class LineStatus(StrEnum):
    """Where a line is in its life; suspended while any blocking hold is on it."""

    NOT_INSTALLED = "not_installed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class HoldReason(StrEnum):
    """Why a line is restricted; paying lifts `non_payment` alone."""

    NON_PAYMENT = "non_payment"
    VOLUNTARY = "voluntary"
    FRAUD = "fraud"
    ADMIN = "admin"


class OrganizationChanged(EventData, type="customers.organization-changed.v1"):
    """An organization was created or changed, its clock included; the whole new state."""

    organization_id: UUID
    version: int
    name: str
    country: str = Field(description="ISO 3166-1 alpha-2.")
    currency: str = Field(description="ISO 4217.")
    time_zone: str = Field(description="IANA name; due dates live on this calendar.")
    locale: str
    sandbox: bool
    clock_offset_seconds: int = Field(description="0 unless a sandbox moved its clock.")
    active: bool = True


class CustomerFacts(Contract):
    """The whole state of one customer."""

    customer_id: UUID
    version: int
    name: str
    national_id: str | None
    email: str | None
    phone: str | None
    external_ref: str | None
    active: bool
    language: str | None = Field(None, description="es or en; the organization's when none.")
    time_zone: str | None = Field(None, description="IANA name; the organization's when none.")
    area: str | None = Field(None, description="Where the customer lives, for moratoria.")
    tags: tuple[str, ...] = Field((), description="Sorted; what policies select by.")


class LineFacts(Contract):
    """The whole state of one line."""

    line_id: UUID
    customer_id: UUID
    version: int
    number: int = Field(description="1, 2, ... within its customer.")
    plan_name: str
    price_minor: int
    currency: str
    status: LineStatus
    holds: tuple[HoldReason, ...]
    installed_on: date | None
    generation: int = Field(description="Generation of the last collections order applied; 0 none.")
    essential: bool = Field(False, description="Never cut for non-payment.")
    changed_on: date | None = Field(
        None,
        description="The day of this fact on the organization's own calendar, by its own clock."
        " Null when it was not said: then by the event's time.",
    )


class CustomerRegistered(EventData, CustomerFacts, type="customers.customer-registered.v1"):
    """A customer exists from now on."""


class CustomerUpdated(EventData, CustomerFacts, type="customers.customer-updated.v1"):
    """Some attribute of a customer changed."""


class CustomerDeactivated(EventData, CustomerFacts, type="customers.customer-deactivated.v1"):
    """A customer was (softly) deleted; lines of it can no longer be activated."""


class CustomerReactivated(EventData, CustomerFacts, type="customers.customer-reactivated.v1"):
    """A deactivated customer is served again."""


class LineRegistered(EventData, LineFacts, type="customers.line-registered.v1"):
    """A line was sold; not yet installed."""


class LineUpdated(EventData, LineFacts, type="customers.line-updated.v1"):
    """An attribute or a hold changed while the status did not."""


class LineActivated(EventData, LineFacts, type="customers.line-activated.v1"):
    """A line was installed and serves its customer."""


class LineSuspended(EventData, LineFacts, type="customers.line-suspended.v1"):
    """The first blocking hold was put on an active line. The network cuts the service."""


class LineReactivated(EventData, LineFacts, type="customers.line-reactivated.v1"):
    """The last blocking hold of a line was lifted. The network restores the service."""


class LineCancelled(EventData, LineFacts, type="customers.line-cancelled.v1"):
    """A line was given up for good."""


class CustomersImported(EventData, type="customers.customers-imported.v1"):
    """A page of customers and lines taken in from a file: new or changed ones only.

    Says for each what customer-registered/-updated and line-activated/-updated would have
    said, a few hundred at a time, because files bring hundreds of thousands.
    """

    import_id: UUID
    customers: tuple[CustomerFacts, ...]
    lines: tuple[LineFacts, ...]


class RowRefusal(Contract):
    """Why a row of a file could not be applied by its service."""

    row: int = Field(description="Line number in the file; the header is line 1.")
    column: str | None
    message: str


class CustomerRowsApplied(EventData, type="customers.customer-rows-applied.v1"):
    """The answer to one page of accepted customer rows. Exactly one per page."""

    import_id: UUID
    page: int
    created: int
    updated: int
    unchanged: int
    refused: tuple[RowRefusal, ...]
