"""Opening a case by hand."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity, record
from services.collections.cases import episodes
from services.collections.cases.episodes import Covering
from services.collections.cases.operations import Opening, open_cases
from services.collections.cases.rules import CaseStatus, Owner, debt_of
from services.collections.cases.sight import Sight
from services.collections.enforcement.locks import Customers, hold
from services.collections.openings import store
from services.collections.openings.problems import CaseGoesOn, NothingOpen
from services.collections.policies.store import Terms
from services.collections.status.operations import terms_of
from shared import clock
from shared.db import Connection, raw
from shared.problems import NotFound


async def open_by_hand(
    session: AsyncSession, sight: Sight, customer_id: UUID, line_id: UUID | None, note: str | None
) -> UUID:
    """Open a case of all that a customer, or one line of it, owes; its id.

    The customer is held, so no event opens one, or settles the last of it, meanwhile.
    """
    owner = Owner(sight.organization_id, customer_id, line_id)
    if not await store.is_known(session, sight.organization_id, customer_id):
        raise NotFound("customer", customer_id)
    if line_id is not None and not await store.has_line(session, owner):
        raise NotFound("line", line_id)
    tx = await raw(session)
    await hold(tx, Customers([(sight.organization_id, customer_id)]))
    known = await store.going_on(session, owner)
    if known is not None:
        raise CaseGoesOn(known.id, CaseStatus(known.status))
    terms = await terms_of(session, sight.organization_id)
    (case_id,) = await open_cases(tx, [await _opening(tx, owner, terms)])
    opened = Activity(case_id, sight.organization_id, ActivityKind.OPENED, sight.caller, note)
    await record(tx, [opened], clock.now())
    return case_id


async def _opening(tx: Connection, owner: Owner, terms: Terms) -> Opening:
    """An episode of all that is open of an owner now, overdue or not; NothingOpen."""
    covers_until = await store.last_due_on(tx, owner)
    if covers_until is not None:
        covering = Covering(*owner, terms.today, covers_until)
        owed = (await episodes.covered(tx, [covering])).get(0, [])
        debt = debt_of(owed, terms.policy)
        if debt is not None:
            currency = terms.policy.currency
            return Opening(owner, terms.today, currency, *debt.amounts, covers_until=covers_until)
    raise NothingOpen(owner.customer_id, owner.line_id)
