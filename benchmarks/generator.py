"""A process that does nothing but commit payments, as the payments API does: through its till.

`python -m benchmarks.generator URL ORGANIZATION CONCURRENCY` reads invoice ids from standard
input, prints a line when it begins, and then the seconds it took. A process of its own, so
that it competes for the cores as a real payments API would.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from uuid import UUID

from services.payments.deposits.operations import open_default
from services.payments.payments.asks import Ask
from services.payments.payments.till import Till
from shared.contracts.payments import PaymentMethod
from shared.db import Database
from shared.ids import new_id
from shared.money import Money
from shared.outbox import Notifier

if TYPE_CHECKING:
    from benchmarks.rig import Rig

CONCURRENCY: Final = 32


async def pay_all(rig: "Rig", invoices: Sequence[UUID]) -> tuple[float, float]:
    """Pay every invoice in full in a process apart: when it began, and the seconds it took."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.generator",
        rig.stack.database_urls["payments"]["api"],
        str(rig.organization_id),
        str(CONCURRENCY),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n".join(map(str, invoices)).encode())
    await process.stdin.drain()
    process.stdin.close()
    await process.stdout.readline()
    began = time.perf_counter()
    said = await process.stdout.read()
    if await process.wait():
        raise RuntimeError("the generator failed")
    return began, float(said)


@asynccontextmanager
async def open_till(url: str, organization_id: UUID) -> AsyncIterator[Till]:
    """A till on payments' database, whose cash has an account to land in, and its notifier."""
    database = await Database.open(url, application="generator", size=10)
    await open_default(database, organization_id, PaymentMethod.CASH, "USD")
    notifier = Notifier(database)
    database.on_commit = notifier.wake
    waking = asyncio.create_task(notifier.run())
    try:
        yield Till(database)
    finally:
        waking.cancel()
        await database.close()


async def pay(till: Till, organization_id: UUID, invoice_id: UUID) -> None:
    """Pay one invoice in full."""
    key = str(new_id())
    ask = Ask(
        organization_id=organization_id,
        target_id=invoice_id,
        amount=Money(1000, "USD"),
        method=PaymentMethod.CASH,
        key=key,
        fingerprint=key.encode(),
    )
    outcome = await till.take(ask)
    assert outcome.answer is not None, outcome


async def _generate(url: str, organization_id: UUID, invoices: list[UUID], lanes: int) -> float:
    left = iter(invoices)

    async with open_till(url, organization_id) as till:

        async def lane() -> None:
            for invoice_id in left:
                await pay(till, organization_id, invoice_id)

        sys.stdout.write("began\n")
        sys.stdout.flush()
        began = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(lanes)))
        return time.perf_counter() - began


def main() -> None:
    """Read invoice ids, pay them, say how long it took."""
    url, organization, lanes = sys.argv[1:4]
    invoices = [UUID(text) for text in sys.stdin.read().split()]
    took = asyncio.run(_generate(url, UUID(organization), invoices, int(lanes)))
    sys.stdout.write(f"{took}\n")


if __name__ == "__main__":
    main()
