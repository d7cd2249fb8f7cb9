"""What a saved queue asks for."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.cases.filtering import CaseFilter
from services.collections.cases.sight import Sight
from services.collections.cases.store import Filters
from services.collections.cases.urgency import Weights, usual_weights
from services.collections.queue import store
from services.collections.queue.store import Asked, Moment
from shared import clock
from shared.tenancy import load_organization


async def asked(session: AsyncSession, sight: Sight, queue_id: UUID | None) -> Asked:
    """A saved queue at this moment, or everything in sight by the usual weights; NotFound."""
    organization = await load_organization(session, sight.organization_id)
    moment = Moment(clock.now(), organization)
    if queue_id is None:
        return Asked(Filters(), usual_weights(organization.currency), moment)
    queue = await store.get(session, sight.organization_id, queue_id)
    filters = CaseFilter.model_validate(queue.filter).filters(organization.currency)
    return Asked(filters, Weights(**queue.weights), moment)
