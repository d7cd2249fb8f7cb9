"""HTTP <-> figures."""

from services.billing.figures import store
from services.billing.figures.schemas import SummaryOut
from services.billing.invoices import search
from services.billing.invoices.api import Filters, Tenant
from shared.http import APIRouter, Session, Transactional
from shared.problems import problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(prefix="/invoices/summary", tags=["invoices"], route_class=Transactional)


@router.get("", responses=problem_docs(UnknownOrganization))
async def summarize_invoices(
    filters: Filters, session: Session, organization: Tenant
) -> SummaryOut:
    """Counts and sums by status, revenue, and what is open by age, of what a list would show."""
    today = organization.today()
    where = await search.conditions(session, organization.id, filters, today)
    sums = await store.sums(session, where, today)
    return SummaryOut.of(sums, filters.currency or organization.currency, today)
