"""A measured figure, beside its limit and the naive way, and the machine it was taken on."""

import json
import os
import platform
import shutil
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from shared import clock

RESULTS: Final = Path(__file__).parent / "results"


@dataclass(slots=True)
class Result:
    """One benchmark's outcome. Ratios are against figures of the same run."""

    name: str
    unit: str
    value: float
    target: str
    p50: float | None = None
    p99: float | None = None
    limit: float | None = None
    limit_is: str | None = None
    ratio_to_limit: float | None = None
    naive: float | None = None
    naive_is: str | None = None
    ratio_to_naive: float | None = None
    sizes: dict[str, Any] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    reached: bool | None = None
    quick: bool = False
    load_before: float = 0.0
    load_after: float = 0.0
    measured_on: date = field(default_factory=lambda: clock.now().date())


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(pages * size / 2**30),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": _first_line(shutil.which("psql") or "psql", "--version"),
        "rabbitmq": _first_line("dpkg-query", "-W", "-f", "${Version}", "rabbitmq-server"),
        "psycopg": version("psycopg"),
        "sqlalchemy": version("sqlalchemy"),
        "aio-pika": version("aio-pika"),
    }


def _first_line(*command: str) -> str:
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.splitlines()[0] if found.stdout else "unknown"


def keep(result: Result) -> Path:
    """Write a result where the others are."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{result.name}.json"
    document = _rounded(asdict(result)) | {"machine": machine()}
    path.write_text(json.dumps(document, indent=1, default=str) + "\n")
    return path


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value


def percentile(samples: list[float], share: float) -> float:
    """The value below which `share` of the samples lie."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def line(result: Result) -> str:
    """One result as a sentence."""
    parts = [f"{result.name}: {result.value:,.4g} {result.unit} (target {result.target})"]
    if result.p99 is not None:
        parts.append(f"p50 {result.p50:.2f}, p99 {result.p99:.2f}")
    if result.ratio_to_limit is not None:
        parts.append(f"{result.ratio_to_limit:.2f} of the limit")
    if result.ratio_to_naive is not None:
        parts.append(f"{result.ratio_to_naive:.1f} x naive")
    parts.append({True: "reached", False: "NOT reached", None: "no target"}[result.reached])
    return "; ".join(parts)


def table() -> str:
    """All results as a Markdown table."""
    rows = [
        "# Results",
        "",
        "Written by `make bench`. Ratios are to figures of the same run on the same machine.",
        "Load is the one-minute average before and after; above the cores, others ran too: that",
        "hurts the naive way most, which waits for its turn at every step, so its ratios are then",
        "larger than on a quiet machine. Targets are for full sizes; small ones decide nothing.",
        "",
        "| benchmark | value | p50 / p99 | target | of the limit | x naive | reached"
        " | sizes | load |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for path in sorted(RESULTS.glob("*.json")):
        one = json.loads(path.read_text())
        limit = "" if one["ratio_to_limit"] is None else f"{one['ratio_to_limit']:.2f}"
        naive = "" if one["ratio_to_naive"] is None else f"{one['ratio_to_naive']:.1f}"
        reached = {True: "yes", False: "no", None: ""}[one["reached"]]
        if one["quick"] and reached:
            reached = f"{reached}, at small sizes"
        tails = "" if one["p50"] is None else f"{one['p50']:.3g} / {one['p99']:.3g} ms"
        sizes = "small (--quick)" if one["quick"] else "full"
        rows.append(
            f"| {one['name']} | {one['value']:,.4g} {one['unit']} | {tails} | {one['target']}"
            f" | {limit} | {naive} | {reached} | {sizes}"
            f" | {one['load_before']:.1f}, {one['load_after']:.1f} |"
        )
    return "\n".join([*rows, "", "![each figure beside naive and limit](results.png)", ""])
