"""The ingestion service: everything it is made of."""

from services.ingestion.files.timers import purge_files
from services.ingestion.imports import handlers
from services.ingestion.imports.api import router
from services.ingestion.imports.timers import read_imports
from services.ingestion.settings import IngestionSettings
from shared import tenancy
from shared.runtime import Book, Invariant, Service

IMPORTS = Book(
    "imports",
    (
        "import_id",
        "organization_id",
        "status",
        "rows",
        "rows_refused",
        "customers_created",
        "customers_updated",
        "customers_unchanged",
        "invoices_created",
        "invoices_unchanged",
    ),
    "SELECT id, organization_id, status, rows, rows_refused, customers_created,"
    " customers_updated, customers_unchanged, invoices_created, invoices_unchanged"
    " FROM import_job ORDER BY id",
)
FINISHED_IS_ANSWERED = Invariant(
    "an import that is over has every page answered",
    "SELECT j.id, p.page FROM import_job j JOIN import_page p ON p.import_id = j.id"
    " WHERE j.status IN ('finished', 'cancelled') AND NOT p.answered",
)
ANSWERED_IS_FINISHED = Invariant(
    "an import whose pages are all read and answered is over",
    "SELECT id FROM import_job WHERE status = 'applying' AND pages_answered = pages",
)
COUNTS_ADD_UP = Invariant(
    "an import's counts are the sums of its pages'",
    """
    SELECT j.id, j.pages, j.pages_answered, j.rows, j.rows_refused FROM import_job j
    LEFT JOIN LATERAL (
        SELECT count(*) AS pages, count(*) FILTER (WHERE answered) AS answered,
               coalesce(sum(rows), 0) AS rows,
               coalesce(sum(rows_invalid + customers_refused + invoices_refused), 0) AS refused,
               coalesce(sum(customers_created), 0) AS customers_created,
               coalesce(sum(customers_updated), 0) AS customers_updated,
               coalesce(sum(customers_unchanged), 0) AS customers_unchanged,
               coalesce(sum(invoices_created), 0) AS invoices_created,
               coalesce(sum(invoices_unchanged), 0) AS invoices_unchanged
        FROM import_page p WHERE p.import_id = j.id) s ON true
    WHERE (j.pages, j.pages_answered, j.rows, j.rows_refused, j.customers_created,
           j.customers_updated, j.customers_unchanged, j.invoices_created, j.invoices_unchanged)
        IS DISTINCT FROM
          (s.pages, s.answered, s.rows, s.refused, s.customers_created,
           s.customers_updated, s.customers_unchanged, s.invoices_created, s.invoices_unchanged)
    """,
)
REFUSED_IS_REPORTED = Invariant(
    "every refused row is reported with its line",
    """
    SELECT j.id, j.rows_refused, count(DISTINCT e.line) AS reported
    FROM import_job j LEFT JOIN row_error e ON e.import_id = j.id
    WHERE j.status <> 'failed' GROUP BY j.id HAVING count(DISTINCT e.line) <> j.rows_refused
    """,
)
PAGES_ARE_SEAMLESS = Invariant(
    "the pages of an import cover its file without gap or overlap",
    """
    SELECT import_id, page FROM (
        SELECT import_id, page, start_offset,
               lag(end_offset) OVER (PARTITION BY import_id ORDER BY page) AS before
        FROM import_page) pages
    WHERE before IS NOT NULL AND before <> start_offset
    """,
)

SERVICE = Service(
    name="ingestion",
    routers=(router,),
    handlers=(handlers, tenancy),
    timers=(read_imports, purge_files),
    books=(IMPORTS,),
    invariants=(
        FINISHED_IS_ANSWERED,
        ANSWERED_IS_FINISHED,
        COUNTS_ADD_UP,
        REFUSED_IS_REPORTED,
        PAGES_ARE_SEAMLESS,
    ),
    settings=IngestionSettings,
)
