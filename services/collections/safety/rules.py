"""How many suspensions are too many for one day or one run."""

from dataclasses import dataclass

from services.collections.policies.document import SafetyIn


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a day or a run would do, beside what there is and what is usual.

    `usual` is the average of the days before; `moved` says which inputs are not as they were.
    """

    would_suspend: int
    lines_on: int
    usual: int
    moved: dict[str, object]


def most_lines(safety: SafetyIn, lines_on: int, usual: int) -> int:
    """How many lines may be cut without anybody's release."""
    limit = lines_on * safety.share_percent // 100
    if safety.times_usual is not None:
        limit = min(limit, max(usual, 1) * safety.times_usual)
    return max(limit, safety.at_least - 1)


def is_too_many(safety: SafetyIn, forecast: Forecast) -> bool:
    """Whether two people are to release it first."""
    limit = most_lines(safety, forecast.lines_on, forecast.usual)
    return forecast.would_suspend > limit
