"""Judging a page of lines so that a bad one stops nobody else.

The page is tried as a whole; when that fails, its halves are, down to the one that cannot be
judged. Each try is a savepoint of the caller's transaction, which keeps its locks throughout.
"""

from collections.abc import Sequence

import structlog

from services.collections.enforcement.operations import assess
from services.collections.enforcement.rules import Concern, Tally
from shared.bus.apply import is_conflict, is_outage
from shared.db import Connection

log = structlog.get_logger(__name__)

Failure = tuple[Concern, Exception]


async def assess_apart(tx: Connection, concerns: Sequence[Concern]) -> tuple[Tally, list[Failure]]:
    """Judge as `assess` does; what cannot be judged is named with the reason, and left."""
    if not concerns:
        return Tally(), []
    try:
        async with tx.transaction():
            return await assess(tx, concerns), []
    except Exception as error:
        if is_outage(error) or is_conflict(error):
            raise
        if len(concerns) == 1:
            concern = concerns[0]
            log.error("line-not-judged", line_id=str(concern.line_id), exc_info=error)
            return Tally(examined=1), [(concern, error)]
    middle = len(concerns) // 2
    first, bad = await assess_apart(tx, concerns[:middle])
    second, worse = await assess_apart(tx, concerns[middle:])
    return first + second, bad + worse
