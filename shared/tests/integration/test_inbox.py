"""Claiming events, and the plans that what follows is run by."""

import pytest

from shared.db import Connection, Database
from shared.ids import new_id
from shared.inbox import FEW, first_deliveries
from shared.testing.bed import envelope, sample_organization
from shared.testing.servers import Servers


async def plans(tx: Connection) -> str:
    row = await (await tx.execute("SHOW plan_cache_mode")).fetchone()
    assert row is not None
    return str(row["plan_cache_mode"])


@pytest.mark.parametrize(("events", "mode"), [(FEW, "auto"), (FEW + 1, "force_custom_plan")])
async def test_a_few_events_go_by_kept_plans_and_more_by_plans_for_their_number(
    servers: Servers, events: int, mode: str
) -> None:
    urls = await servers.database("customers")
    db = await Database.open(urls.worker, application="test", custom_plans=True)
    facts = sample_organization("Fibra Andina")
    batch = [envelope(facts, new_id()) for _ in range(events)]

    async with db.transaction(None) as tx:
        before = await plans(tx)
        await first_deliveries(tx, batch)
        during = await plans(tx)
    async with db.transaction(None) as tx:
        after = await plans(tx)

    await db.close()
    await servers.drop(urls.name)
    assert (before, during, after) == ("force_custom_plan", mode, "force_custom_plan")
