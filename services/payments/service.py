"""The payments service as data: what its api serves and its worker runs."""

from typing import Final

from services.payments import books
from services.payments.cards import api as cards_api
from services.payments.cards import books as cards_books
from services.payments.cards.timers import (
    reconcile_processors,
    send_card_refunds,
    settle_card_money,
)
from services.payments.credits import api as credits_api
from services.payments.credits.timers import apply_credit
from services.payments.customers import handlers as customers_handlers
from services.payments.deposits import api as deposits_api
from services.payments.deposits.timers import keep_deposit_balances
from services.payments.disputes import api as disputes_api
from services.payments.environment import PaymentsSettings
from services.payments.figures import api as figures_api
from services.payments.intents import api as intents_api
from services.payments.journal import api as journal_api
from services.payments.payments import api as payments_api
from services.payments.processors import api as processors_api
from services.payments.receivables import api as receivables_api
from services.payments.receivables import handlers as receivables_handlers
from services.payments.returns import api as returns_api
from services.payments.settings import api as settings_api
from services.payments.webhooks import api as webhooks_api
from services.payments.webhooks.timers import (
    count_provider_events,
    forget_provider_events,
    handle_provider_events,
)
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
        figures_api.router,  # these before the route whose id would swallow their paths
        disputes_api.router,
        settings_api.router,
        returns_api.router,
        cards_api.router,
        payments_api.lists,
        payments_api.router,
        receivables_api.router,
        credits_api.router,
        deposits_api.router,
        journal_api.router,
        journal_api.exports,
        processors_api.router,
        intents_api.lists,
        intents_api.router,
        webhooks_api.router,
        webhooks_api.door,
    ),
    handlers=(tenancy, customers_handlers, receivables_handlers),
    projections=(ORGANIZATIONS, CUSTOMERS, RECEIVABLES),
    timers=(
        apply_credit,
        keep_deposit_balances,
        handle_provider_events,
        settle_card_money,
        send_card_refunds,
        reconcile_processors,
        count_provider_events,
        forget_provider_events,
    ),
    books=books.BOOKS,
    invariants=(*books.INVARIANTS, *cards_books.INVARIANTS),
    settings=PaymentsSettings,
)
