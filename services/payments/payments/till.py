"""Where concurrent payments meet: those that wait together share a transaction.

A payment that comes alone goes alone, at once. While as many transactions are under way as
there are lanes, further payments queue; whoever is waiting when a lane becomes free goes
as one group, in one statement and one commit. So the cost of a payment falls as the load
rises. Each payment is still decided for itself; when a group fails, each of it is tried
alone, and only the one at fault fails.
"""

import asyncio
from collections import deque
from typing import Final
from uuid import UUID

from services.payments.payments import store
from services.payments.payments.asks import Ask, Outcome
from shared.db import Database
from shared.tenancy import load_organization

LANES: Final = 2
LARGEST_GROUP: Final = 64
LOOK_AHEAD: Final = 4 * LARGEST_GROUP

Waiting = tuple[Ask, asyncio.Future[Outcome]]


def next_group(waiting: deque[Waiting]) -> list[Waiting]:
    """Take out the first in the queue, and those behind who may share its transaction.

    They belong to the same organization. A second payment of one invoice, or under one key,
    goes later, and so does who comes after it for the same: nobody overtakes.
    """
    group: list[Waiting] = []
    later: deque[Waiting] = deque()
    taken: set[UUID | str] = set()
    organization_id = waiting[0][0].organization_id
    for _ in range(min(len(waiting), LOOK_AHEAD)):
        if len(group) == LARGEST_GROUP:
            break
        ask, future = waiting.popleft()
        names: set[UUID | str] = {ask.target_id, ask.key}
        together = ask.organization_id == organization_id and not taken & names
        (group if together else later).append((ask, future))
        taken |= names
    waiting.extendleft(reversed(later))
    return group


class Till:
    """Takes the payments of one process into one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._waiting: deque[Waiting] = deque()
        self._open_lanes = 0
        self._currencies: dict[UUID, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def currency_of(self, organization_id: UUID) -> str:
        """What an organization is paid in: asked for once, because it is for life.

        Raises UnknownOrganization, each time anew until the organization is known.
        """
        known = self._currencies.get(organization_id)
        if known is None:
            async with self.database.transaction(organization_id) as tx:
                known = (await load_organization(tx, organization_id)).currency
            self._currencies[organization_id] = known
        return known

    async def take(self, ask: Ask) -> Outcome:
        """What `store.record_payment` does, in company if there is any."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, future))
        if self._open_lanes < LANES:
            self._open_lanes += 1
            task = asyncio.create_task(self._serve())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _serve(self) -> None:
        """Take group after group until nobody waits.

        The lane closes in the same step that finds nobody waiting: whoever comes after
        opens another.
        """
        try:
            while self._waiting:
                group = next_group(self._waiting)
                try:
                    await self._take_together(group)
                except Exception:  # whoever is at fault hears of it alone
                    await asyncio.gather(*(self._take_alone(each) for each in group))
        finally:
            self._open_lanes -= 1

    async def _take_together(self, group: list[Waiting]) -> None:
        asks = [ask for ask, _ in group]
        outcomes = await store.record_payments(self.database, asks[0].organization_id, asks)
        for (_, future), outcome in zip(group, outcomes, strict=True):
            if not future.done():  # its caller may have gone away
                future.set_result(outcome)

    async def _take_alone(self, waiting: Waiting) -> None:
        ask, future = waiting
        try:
            outcome = await store.record_payment(self.database, ask)
        except Exception as error:
            if not future.done():
                future.set_exception(error)
        else:
            if not future.done():
                future.set_result(outcome)
