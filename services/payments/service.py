"""The payments service as data: what its api serves and its worker runs."""

from typing import Final

from services.payments import books
from services.payments.credits import api as credits_api
from services.payments.customers import handlers as customers_handlers
from services.payments.figures import api as figures_api
from services.payments.payments import api as payments_api
from services.payments.receivables import api as receivables_api
from services.payments.receivables import handlers as receivables_handlers
from shared import tenancy
from shared.bus.rebuild import Projection
from shared.contracts.billing import (
    InvoiceCredited,
    InvoiceIssued,
    InvoicesBilled,
    InvoicesImported,
    InvoiceVoided,
    InvoiceWrittenOff,
)
from shared.contracts.customers import (
    CustomerDeactivated,
    CustomerReactivated,
    CustomerRegistered,
    CustomersImported,
    CustomerUpdated,
    OrganizationChanged,
)
from shared.runtime import Service

ORGANIZATIONS: Final = Projection(
    name="organizations",
    tables=("organization",),
    types=(OrganizationChanged,),
    apply=tenancy.project_organizations,
)
CUSTOMERS: Final = Projection(
    name="customers",
    tables=("customer",),
    types=(
        CustomerRegistered,
        CustomerUpdated,
        CustomerDeactivated,
        CustomerReactivated,
        CustomersImported,
    ),
    apply=customers_handlers.project_customers,
)
RECEIVABLES: Final = Projection(
    name="receivables",
    tables=("receivable",),
    types=(
        InvoiceIssued,
        InvoicesImported,
        InvoicesBilled,
        InvoiceVoided,
        InvoiceCredited,
        InvoiceWrittenOff,
    ),
    apply=receivables_handlers.rebuild,
    columns={
        "receivable": (
            "organization_id",
            "customer_id",
            "line_id",
            "number",
            "currency",
            "total_minor",
            "due_on",
            "invoice_version",
            "voided",
            "credited_minor",
            "written_off_minor",
        )
    },
)

SERVICE: Final = Service(
    name="payments",
    routers=(
        figures_api.router,  # before the route whose id would swallow its path
        payments_api.lists,
        payments_api.router,
        receivables_api.router,
        credits_api.router,
    ),
    handlers=(tenancy, customers_handlers, receivables_handlers),
    projections=(ORGANIZATIONS, CUSTOMERS, RECEIVABLES),
    books=books.BOOKS,
    invariants=books.INVARIANTS,
)
