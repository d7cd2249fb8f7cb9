"""Days that decide agreements: what was not paid by then is broken."""

from typing import Final

from services.collections.agreements import store
from services.collections.agreements.operations import follow_money
from services.collections.enforcement.locks import Customers, hold
from shared import clock
from shared.db import Database
from shared.timers import every

PAGE: Final = 200


@every(seconds=1.0)
async def judge_agreements(db: Database) -> int:
    """Judge the agreements of which a day has passed; how many ended.

    Pages, each in a transaction that holds its customers first; whatever was decided
    meanwhile is seen when it is judged.
    """
    ended = 0
    while True:
        async with db.transaction(None) as tx:
            due = await store.due(tx, clock.now(), PAGE)
            if not due:
                return ended
            await hold(tx, Customers((each.organization_id, each.customer_id) for each in due))
            ended += await follow_money(tx, [each.id for each in due])
