"""The customers service as data."""

from typing import Final

from services.customers.books import BOOKS, INVARIANTS
from services.customers.customers import api as customers
from services.customers.departures import api as departures
from services.customers.figures import api as figures
from services.customers.imports import handlers as imports
from services.customers.lines import api as lines
from services.customers.lines import handlers as orders
from services.customers.organizations import api as organizations
from shared.runtime import Service

SERVICE: Final = Service(
    name="customers",
    routers=(
        organizations.router,
        figures.router,  # before the routes whose id would swallow its paths
        customers.router,
        departures.router,
        lines.router,
    ),
    handlers=(orders, imports),
    books=BOOKS,
    invariants=INVARIANTS,
)
