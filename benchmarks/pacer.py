"""A process that takes payments at a pace, whether or not the system keeps up (open loop).

`python -m benchmarks.pacer URL ORGANIZATION RATE` reads invoice ids from standard input and
prints one line for each: its id, when its payment was due to be made, and when it was
committed, by the machine's monotonic clock. Payments go through the till, as the API's do; one
that is late waits for nobody and keeps nobody waiting, so a stall shows in all that fell due
meanwhile.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from benchmarks.generator import open_till, pay

if TYPE_CHECKING:
    from benchmarks.rig import Rig


class Paid(NamedTuple):
    """A payment made: when it was due to be, and when it was."""

    due: float
    committed: float


async def pay_at(rig: "Rig", invoices: Sequence[UUID], rate: float) -> dict[UUID, Paid]:
    """Pay each invoice in full, so many a second, in a process apart."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.pacer",
        rig.stack.database_urls["payments"]["api"],
        str(rig.organization_id),
        str(rate),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate("\n".join(map(str, invoices)).encode())
    if process.returncode:
        raise RuntimeError("the pacer failed")
    rows = (line.split() for line in said.decode().splitlines())
    return {UUID(invoice): Paid(float(due), float(committed)) for invoice, due, committed in rows}


async def _pace(url: str, organization_id: UUID, invoices: list[UUID], rate: float) -> list[str]:
    said: list[str] = []
    async with open_till(url, organization_id) as till:

        async def pay_one(invoice_id: UUID, due: float) -> None:
            await pay(till, organization_id, invoice_id)
            said.append(f"{invoice_id} {due} {time.perf_counter()}")

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, invoice_id in enumerate(invoices):
                due = began + number / rate
                if (early := due - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                group.create_task(pay_one(invoice_id, due))
    return said


def main() -> None:
    """Read invoice ids, pay them at the rate, say when."""
    url, organization, rate = sys.argv[1:4]
    invoices = [UUID(text) for text in sys.stdin.read().split()]
    said = asyncio.run(_pace(url, UUID(organization), invoices, float(rate)))
    sys.stdout.write("\n".join(said) + "\n")


if __name__ == "__main__":
    main()
