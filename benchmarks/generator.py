"""A process that does nothing but commit payments, by the payments service's own statement.

`python -m benchmarks.generator URL ORGANIZATION CONCURRENCY` reads invoice ids from standard
input and prints the seconds it took. A process of its own, so that it competes for the
cores as a real payments API would.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from services.payments.payments.asks import Ask
from services.payments.payments.store import record_payment
from shared.contracts.payments import PaymentMethod
from shared.db import Database
from shared.ids import new_id
from shared.money import Money
from shared.outbox import Notifier

if TYPE_CHECKING:
    from benchmarks.rig import Rig

CONCURRENCY: Final = 8


async def pay_all(rig: "Rig", invoices: Sequence[UUID]) -> float:
    """Pay every invoice in full in a process apart; the seconds it took."""
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
    said, _ = await process.communicate("\n".join(map(str, invoices)).encode())
    if process.returncode:
        raise RuntimeError("the generator failed")
    return float(said)


async def _generate(url: str, organization_id: UUID, invoices: list[UUID], lanes: int) -> float:
    database = await Database.open(url, application="generator", size=lanes)
    notifier = Notifier(database)
    database.on_commit = notifier.wake
    waking = asyncio.create_task(notifier.run())
    left = iter(invoices)

    async def lane() -> None:
        for invoice_id in left:
            key = str(new_id())
            ask = Ask(
                organization_id=organization_id,
                target_id=invoice_id,
                amount=Money(1000, "USD"),
                method=PaymentMethod.CASH,
                key=key,
                fingerprint=key.encode(),
            )
            outcome = await record_payment(database, ask)
            assert outcome.answer is not None, outcome

    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(lanes)))
    took = time.perf_counter() - began
    waking.cancel()
    await database.close()
    return took


def main() -> None:
    """Read invoice ids, pay them, say how long it took."""
    url, organization, lanes = sys.argv[1:4]
    invoices = [UUID(text) for text in sys.stdin.read().split()]
    took = asyncio.run(_generate(url, UUID(organization), invoices, int(lanes)))
    sys.stdout.write(f"{took}\n")


if __name__ == "__main__":
    main()
