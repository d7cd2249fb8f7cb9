"""Prometheus metrics of a process, and what /metrics answers.

Routes are labelled by template, never by path, so that the number of series is bounded.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, Histogram, generate_latest

REQUEST_SECONDS: Final = Histogram(
    "duesline_http_request_seconds",
    "Time from a request's arrival to the end of its answer.",
    ("service", "method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def observe_request(service: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    _seconds(service, method, route, status).observe(seconds)


@cache
def _seconds(service: str, method: str, route: str, status: int) -> Histogram:
    return REQUEST_SECONDS.labels(service, method, route, status)


@cache
def _gauge(name: str) -> Gauge:
    return Gauge(name, "As a query told when it was asked.", ("service",))


def exposition(service: str, gauges: Mapping[str, float]) -> tuple[bytes, str]:
    """Everything this process measures, in Prometheus' text format, and its content type."""
    for name, value in gauges.items():
        _gauge(name).labels(service).set(value)
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
