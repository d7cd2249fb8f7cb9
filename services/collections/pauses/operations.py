"""Pausing and going on: written under the customers' locks, and judged at once.

Whoever promises, agrees, disputes or pays calls these. They lock customers, as everything
does that lines are judged by (services.collections.enforcement.locks): call them before
other rows are locked, or after `hold` of the same customers.
"""

from collections.abc import Sequence
from typing import Final

from services.collections.agenda import store as agenda
from services.collections.agenda.store import Appointment
from services.collections.enforcement.locks import Customers, hold
from services.collections.enforcement.operations import assess
from services.collections.enforcement.rules import Cause, Concern, Push
from services.collections.pauses import store
from services.collections.pauses.store import Ending, NewPause
from shared import clock
from shared.db import Connection
from shared.ids import new_id
from shared.tenancy import load_organizations

PAUSED: Final = "collections.pause-put"
ENDED: Final = "collections.pause-ended"


async def put_pauses(
    tx: Connection, pauses: Sequence[NewPause], cause: Cause | None = None
) -> None:
    """Pause, and judge whom it concerns; saying the same again changes nothing.

    A pause that runs out by itself has its customer judged again at that moment.
    """
    if not pauses:
        return
    await hold(tx, Customers((each.organization_id, each.customer_id) for each in pauses))
    await store.put(tx, [new_id() for _ in pauses], pauses, clock.now())
    organizations = await load_organizations(tx, {each.organization_id for each in pauses})
    await agenda.put(
        tx,
        [
            Appointment(pause.organization_id, pause.customer_id, None, at)
            for pause in pauses
            if (organization := organizations.get(pause.organization_id)) is not None
            for at in agenda.moments(organization, pause.from_on, pause.until_on, pause.expires_at)
        ],
    )
    await assess(tx, [_concern(each, cause or Cause(PAUSED, keep=True)) for each in pauses])


async def end_pauses(tx: Connection, endings: Sequence[Ending], cause: Cause | None = None) -> None:
    """End pauses for good, and judge whom it concerns: the next stage comes at once."""
    if not endings:
        return
    await hold(tx, Customers((each.organization_id, each.customer_id) for each in endings))
    await store.end(tx, [new_id() for _ in endings], endings, clock.now())
    await assess(tx, [_concern(each, cause or Cause(ENDED, keep=True)) for each in endings])


def _concern(each: NewPause | Ending, cause: Cause) -> Concern:
    return Concern(each.organization_id, each.customer_id, None, Push.EITHER, cause, whole=True)
