"""Who waits for whom when lines are judged: the argument that nothing is ever missed.

Everything a decision rests on (debts, lines, earlier orders) belongs to one customer, and
every transaction that writes such facts or judges by them goes through `hold` first: it
locks the customers' rows in `debtor`, in order of id, once, and keeps them to its end.

Why the lock is the customer's and not the line's: under a policy of scope `customer` a debt
of one line decides over another, and a line or a debt may arrive whose siblings are not yet
there to be locked. The customer's row always is: `hold` creates it.

Why nothing is missed under READ COMMITTED. Of two transactions about one customer, one gets
the lock first; the other waits until the first has ended. Each statement takes a new
snapshot, and judging reads only in statements that start after `hold` returned; so the
second reads all that the first wrote. Hence the last transaction to hold a customer judges
by every committed fact, whichever order facts and locks came in: a payment that commits
while an overdue invoice is being judged either was read by that judgement, or comes after
it and finds the order to suspend, and countermands it. Two statements, never one: a single
`SELECT ... FROM debt JOIN debtor ... FOR UPDATE` would wait for the lock and then show
debts as they were before it waited.

Deadlocks: the sorted pass comes before anything else is written and protects all of it, so
whoever waits holds only customers with smaller ids than the one waited for. What is left are
coincidences (rows created at the same moment, an organization's clock moved in the same
batch); PostgreSQL ends those, the batch is tried again, a timer goes on at its next tick.

The day and the policy are not facts of a customer. When either changes, pages of customers
are judged again (services.collections.clock, .runs), and a page can only see what is
committed. A judgement in flight may still be reading the old day or the old policy, with
a debt that no page sees yet. So `hold` also shares a lock on the organization, and whoever
is about to judge everything passes `fence` first: it waits until those in flight have
committed, and those who come after it read the new day and the new policy.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID
from zlib import crc32

from services.collections.arrays import pg_array
from shared.db import Connection
from shared.inbox import FEW

ORGANIZATION_LOCKS: Final = 0x636F6C6C  # "coll"

# A plan made while a table was small may stay when a file has filled it, and read the whole
# table for every row asked for; so no plan of these transactions reads a table through. For a
# few customers that leaves one plan, which is kept; for many, sets are joined to sets, and how
# that is best done depends on their size (ADR 0019).
SHARE: Final = """
SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
       set_config('plan_cache_mode', %s, true),
       count(pg_advisory_xact_lock_shared(%s, key))
FROM unnest(%s::int[]) AS key
"""
LOCK: Final = """
SELECT count(*) AS held FROM (
    SELECT FROM debtor WHERE customer_id = ANY(%s::uuid[])
    ORDER BY customer_id FOR NO KEY UPDATE) AS held
"""
CREATE: Final = """
INSERT INTO debtor (customer_id, organization_id)
SELECT customer_id, organization_id
FROM unnest(%s::uuid[], %s::uuid[]) AS new (customer_id, organization_id)
WHERE NOT EXISTS (SELECT FROM debtor WHERE debtor.customer_id = new.customer_id)
ORDER BY customer_id
ON CONFLICT DO NOTHING
"""


class Customers:
    """The customers a transaction is about to hold, each once."""

    def __init__(self, pairs: Iterable[tuple[UUID, UUID]] = ()) -> None:
        self.ids: dict[int, tuple[UUID, UUID]] = {}
        for organization_id, customer_id in pairs:
            self.add(organization_id, customer_id)

    def add(self, organization_id: UUID, customer_id: UUID) -> None:
        """Hold this one too."""
        self.ids[customer_id.int] = organization_id, customer_id


async def hold(tx: Connection, customers: Customers) -> None:
    """Hold customers until the transaction ends; called once per transaction.

    A customer never heard of gets its row here. Whoever creates one concurrently makes the
    other wait at the unique key, and the second pass locks what the other created.
    """
    if not customers.ids:
        return
    organizations, ids = zip(*customers.ids.values(), strict=True)
    keys = sorted({_key(organization_id) for organization_id in set(organizations)})
    plans = "force_generic_plan" if len(ids) <= FEW else "force_custom_plan"
    await tx.execute(SHARE, (plans, ORGANIZATION_LOCKS, pg_array(keys)))
    asked = pg_array(ids)
    while await _lock(tx, asked) < len(ids):
        await tx.execute(CREATE, (asked, pg_array(organizations)))


async def fence(tx: Connection, organization_id: UUID) -> None:
    """Wait for every judgement in flight in an organization; hold up new ones until commit."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(%s, %s)", (ORGANIZATION_LOCKS, _key(organization_id))
    )


async def _lock(tx: Connection, ids: str) -> int:
    cursor = await tx.execute(LOCK, (ids,))
    row = await cursor.fetchone()
    return int(row["held"]) if row else 0


def _key(organization_id: UUID) -> int:
    """A key of the lock space; two organizations that share one merely wait at times."""
    return crc32(organization_id.bytes) - 2**31
