"""Who publishes what, and who listens: the whole system on one page.

Queues are bound from this table, and a service refuses to start when its handlers
differ from it. `make docs` renders it as docs/flow.md and docs/asyncapi.yaml.
"""

from typing import Final

from shared.contracts.billing import (
    DebtRowsApplied,
    InvoiceDueSoon,
    InvoiceDueToday,
    InvoiceIssued,
    InvoiceOverdue,
    InvoiceSettled,
    InvoicesImported,
    InvoiceVoided,
)
from shared.contracts.collections import LineReactivationOrdered, LineSuspensionOrdered
from shared.contracts.customers import (
    CustomerDeactivated,
    CustomerReactivated,
    CustomerRegistered,
    CustomerRowsApplied,
    CustomersImported,
    CustomerUpdated,
    LineActivated,
    LineCancelled,
    LineReactivated,
    LineRegistered,
    LineSuspended,
    LineUpdated,
    OrganizationChanged,
)
from shared.contracts.event import EventData
from shared.contracts.ingestion import CustomerRowsAccepted, DebtRowsAccepted, ImportFinished
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    CreditChanged,
    PaymentReceived,
)

SERVICES: Final = ("customers", "billing", "payments", "collections", "ingestion")

FLOW: Final[dict[type[EventData], tuple[str, ...]]] = {
    OrganizationChanged: ("billing", "payments", "collections", "ingestion"),
    CustomerRegistered: ("billing", "payments", "collections"),
    CustomerUpdated: ("billing", "payments", "collections"),
    CustomerDeactivated: ("billing", "payments", "collections"),
    CustomerReactivated: ("billing", "payments", "collections"),
    CustomersImported: ("billing", "payments", "collections"),
    CustomerRowsApplied: ("ingestion",),
    LineRegistered: ("billing", "collections"),
    LineUpdated: ("billing", "collections"),
    LineActivated: ("billing", "collections"),
    LineSuspended: ("billing", "collections"),
    LineReactivated: ("billing", "collections"),
    LineCancelled: ("billing", "collections"),
    InvoiceIssued: ("payments", "collections"),
    InvoicesImported: ("payments", "collections"),
    InvoiceVoided: ("payments", "collections"),
    InvoiceSettled: (),
    InvoiceDueSoon: (),
    InvoiceDueToday: (),
    InvoiceOverdue: ("collections",),
    DebtRowsApplied: ("ingestion",),
    PaymentReceived: (),
    AllocationMade: ("billing", "collections"),
    AllocationReversed: ("billing", "collections"),
    CreditChanged: (),
    LineSuspensionOrdered: ("customers",),
    LineReactivationOrdered: ("customers",),
    CustomerRowsAccepted: ("customers",),
    DebtRowsAccepted: ("billing",),
    ImportFinished: (),
}
