"""Who gets the next case when cases are given out by rule.

In turn: each goes to the collector whose last turn is longest ago, among those who are
active, have room, and take cases of its segment (a collector without segments takes any).
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID


class Free(NamedTuple):
    """An active collector and how many more cases it can take; sorted by turn."""

    collector_id: UUID
    room: int
    segments: frozenset[str] = frozenset()


def in_turn(segments: Sequence[str | None], collectors: Sequence[Free]) -> list[UUID | None]:
    """The collector for each case, given the cases' segments; None where nobody has room.

    `collectors` come in the order of their turns, who waits longest first.
    """
    queue = [each for each in collectors if each.room > 0]
    chosen: list[UUID | None] = []
    for segment in segments:
        place = next((at for at, each in enumerate(queue) if _takes(each, segment)), None)
        if place is None:
            chosen.append(None)
            continue
        taker = queue.pop(place)
        if taker.room > 1:
            queue.append(taker._replace(room=taker.room - 1))
        chosen.append(taker.collector_id)
    return chosen


def _takes(collector: Free, segment: str | None) -> bool:
    return not collector.segments or segment in collector.segments
