"""One small chart of all results: each figure beside its limit and the naive way."""

import json
from typing import Any

import matplotlib

from benchmarks.report import RESULTS

matplotlib.use("Agg")

from matplotlib import pyplot  # the backend is chosen before

COLOURS = {"naive": "#b0b7c3", "value": "#2563eb", "limit": "#111827"}


def draw() -> None:
    """Write results/results.png from the results that are there."""
    found = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    shown = [one for one in found if one["naive"] is not None or one["limit"] is not None]
    if not shown:
        return
    figure, axes = pyplot.subplots(1, len(shown), figsize=(2.6 * len(shown), 3.2))
    for axis, one in zip([axes] if len(shown) == 1 else list(axes), shown, strict=True):
        _bars(axis, one)
    figure.tight_layout()
    figure.savefig(RESULTS / "results.png", dpi=80)
    pyplot.close(figure)


def _bars(axis: Any, one: dict[str, Any]) -> None:
    bars = [name for name in COLOURS if one[name] is not None]
    labels = {"naive": "naive", "value": "Duesline", "limit": "limit"}
    drawn = axis.bar(
        [labels[name] for name in bars],
        [one[name] for name in bars],
        color=[COLOURS[name] for name in bars],
    )
    axis.bar_label(drawn, labels=[f"{one[name]:,.3g}" for name in bars], fontsize=8)
    axis.set_yscale("log")
    axis.set_title(f"{one['name']}\n{one['unit']}", fontsize=9)
    axis.tick_params(labelsize=8)
    axis.margins(y=0.25)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
