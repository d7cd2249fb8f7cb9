"""What the billing service is made of."""

from typing import Final

from services.billing.accounts import api as accounts_api
from services.billing.bill_runs import api as bill_runs_api
from services.billing.bill_runs.timers import bill_runs
from services.billing.books import BOOKS, INVARIANTS
from services.billing.brands import api as brands_api
from services.billing.categories import api as categories_api
from services.billing.clock import handlers as clock_handlers
from services.billing.clock.timers import due_clock
from services.billing.closings.timers import close_subscriptions
from services.billing.credit_notes import api as credit_notes_api
from services.billing.customers import handlers as customers_handlers
from services.billing.deliveries import api as deliveries_api
from services.billing.deliveries.timers import deliver_invoices
from services.billing.figures import api as figures_api
from services.billing.imports import handlers as imports_handlers
from services.billing.invoices import api as invoices_api
from services.billing.late_fees import api as late_fees_api
from services.billing.late_fees import handlers as late_fees_handlers
from services.billing.papers import api as papers_api
from services.billing.plan_fees import handlers as plan_fees_handlers
from services.billing.plans import api as plans_api
from services.billing.settlements import handlers as settlements_handlers
from services.billing.statements import api as statements_api
from services.billing.statements import handlers as statements_handlers
from services.billing.subscriptions import api as subscriptions_api
from services.billing.subscriptions import handlers as subscriptions_handlers
from services.billing.terms import api as terms_api
from services.billing.voids import api as voids_api
from services.billing.write_offs import api as write_offs_api
from shared import tenancy
from shared.bus.rebuild import Projection
from shared.contracts.customers import OrganizationChanged
from shared.runtime import Service

PROJECTIONS: Final = (
    Projection(
        "organizations",
        ("organization",),
        (OrganizationChanged,),
        tenancy.project_organizations,
    ),
    Projection(
        "customers-and-lines",
        ("customer", "line"),
        customers_handlers.TYPES,
        customers_handlers.project_customers_and_lines,
    ),
    Projection(
        "money",
        ("money_movement", "allocation"),
        statements_handlers.TYPES,
        statements_handlers.project_money,
    ),
)

SERVICE: Final = Service(
    name="billing",
    routers=(
        terms_api.router,
        accounts_api.router,
        categories_api.router,
        credit_notes_api.router,
        write_offs_api.router,
        late_fees_api.router,
        figures_api.router,
        brands_api.router,
        invoices_api.router,
        voids_api.router,
        papers_api.router,
        deliveries_api.router,
        plans_api.router,
        subscriptions_api.router,
        bill_runs_api.router,
        statements_api.router,
    ),
    handlers=(
        tenancy,
        clock_handlers,
        customers_handlers,
        subscriptions_handlers,
        settlements_handlers,
        late_fees_handlers,
        plan_fees_handlers,
        imports_handlers,
        statements_handlers,
    ),
    timers=(due_clock, deliver_invoices, bill_runs, close_subscriptions),
    projections=PROJECTIONS,
    books=BOOKS,
    invariants=INVARIANTS,
)
