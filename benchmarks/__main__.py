"""`python -m benchmarks [--quick] [names...]`: measure, write benchmarks/results, say it."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from benchmarks import (
    bill_run,
    imports,
    payment_post,
    plots,
    policy,
    rate,
    reactivation,
    report,
    statement,
    sweep,
    what_if,
)
from benchmarks.report import Result
from benchmarks.rig import say

Benchmark = Callable[..., Awaitable[list[Result]]]
BENCHMARKS: Final[dict[str, Benchmark]] = {
    "reactivation-latency": reactivation.latency,
    "reactivation-rate": rate.measure,
    "payment-post": payment_post.measure,
    "reactivation-live": reactivation.live,
    "reactivation-backlog": reactivation.backlog,
    "import": imports.measure,
    "overdue-sweep": sweep.measure,
    "policy-evaluation": policy.measure,
    "what-if": what_if.measure,
    "bill-run": bill_run.measure,
    "statement": statement.measure,
}
MOST_SECONDS: Final = 1800.0


async def _run(name: str, *, quick: bool) -> bool:
    before = os.getloadavg()[0]
    try:
        async with asyncio.timeout(MOST_SECONDS):
            results = await BENCHMARKS[name](quick=quick)
    except Exception as failure:
        sys.stdout.write(f"{name}: FAILED: {failure!r}\n")
        return False
    for result in results:
        result.load_before, result.load_after = before, os.getloadavg()[0]
        result.quick = quick
        report.keep(result)
        sys.stdout.write(report.line(result) + "\n")
        sys.stdout.flush()
    return True


def main() -> None:
    """Run what is asked for, or all; exit code 1 when one could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes in all")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHMARKS) - {"idle-tick"}
    if unknown:
        parser.error(
            f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}"
        )
    wanted = {"overdue-sweep" if name == "idle-tick" else name for name in given.names}
    failed = False
    for name in BENCHMARKS:
        if not wanted or name in wanted:
            say(name)
            failed |= not asyncio.run(_run(name, quick=given.quick))
    (report.RESULTS / "README.md").write_text(report.table())
    plots.draw()
    sys.exit(failed)


if __name__ == "__main__":
    main()
