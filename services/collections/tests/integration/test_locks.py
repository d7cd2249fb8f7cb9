"""Holding customers, and the plans that what follows is run by."""

import pytest

from services.collections.enforcement.locks import Customers, hold
from services.collections.tests.integration.scene import Scene
from shared.ids import new_id
from shared.inbox import FEW


@pytest.mark.parametrize(
    ("customers", "mode"), [(FEW, "force_generic_plan"), (FEW + 1, "force_custom_plan")]
)
async def test_a_few_customers_are_judged_by_kept_plans_and_more_by_plans_for_their_number(
    scene: Scene, customers: int, mode: str
) -> None:
    database, organization_id = scene.running.db, scene.running.organization.id

    async with database.transaction(None) as tx:
        await hold(tx, Customers((organization_id, new_id()) for _ in range(customers)))
        row = await (await tx.execute("SHOW plan_cache_mode")).fetchone()

    assert row == {"plan_cache_mode": mode}
