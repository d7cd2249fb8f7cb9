"""Which service answers which public path: the whole edge on one page.

A pattern covers its path and everything beneath it; `*` stands for exactly one segment. The
first pattern that fits wins, so the special stands above the general. What is not on this
page does not exist for the outside: a service's own /health, /metrics and the like are
reached through here only where a line says so.
"""

from dataclasses import dataclass
from typing import Final

PREFIX: Final = "/api/v1"
GATEWAY: Final = "gateway"
SERVICES: Final = ("customers", "billing", "payments", "collections", "ingestion")


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table; `becomes` replaces the pattern's text at the service."""

    pattern: str
    service: str
    becomes: str | None = None

    @property
    def path_format(self) -> str:
        """The name of the route in metrics and traces, under the attribute that FastAPI has."""
        return f"{PREFIX}{self.pattern}/..."


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: the service, the path as that service knows it, and why."""

    service: str
    path: str
    route: Route


ROUTES: Final = (
    Route("/auth", GATEWAY),
    Route("/users", GATEWAY),
    Route("/dashboard", GATEWAY),
    Route("/health", GATEWAY),
    Route("/customers/*/overview", GATEWAY),
    Route("/customers/*/statement", "billing"),
    Route("/statement", "billing"),
    Route("/customers/*/reminders", "collections"),
    Route("/customers/*/why", "collections"),
    Route("/lines/*/collections-status", "collections"),
    Route("/lines/*/why", "collections"),
    Route("/customers/*/billing-account", "billing"),
    Route("/organizations", "customers"),
    Route("/customers", "customers"),
    Route("/lines", "customers"),
    Route("/invoices", "billing"),
    Route("/categories", "billing"),
    Route("/credit-notes", "billing"),
    Route("/write-offs", "billing"),
    Route("/deliveries", "billing"),
    Route("/late-fee-rules", "billing"),
    Route("/plans", "billing"),
    Route("/subscriptions", "billing"),
    Route("/bill-runs", "billing"),
    Route("/payments", "payments"),
    Route("/payment-intents", "payments"),
    Route("/processors", "payments"),
    Route("/webhooks/stripe", "payments"),
    Route("/webhooks/local", "payments"),
    Route("/webhooks/events", "payments"),
    Route("/receivables", "payments"),
    Route("/credits", "payments"),
    Route("/deposit-accounts", "payments"),
    Route("/journal", "payments"),
    Route("/collections", "collections"),
    Route("/imports", "ingestion"),
    *(Route(f"/admin/{service}", service, becomes="/admin") for service in SERVICES),
)


class Routes:
    """The table, indexed by the first segment of the path."""

    def __init__(self, table: tuple[Route, ...] = ROUTES) -> None:
        self._by_first: dict[str, list[tuple[list[str], Route]]] = {}
        for route in table:
            segments = route.pattern.split("/")[1:]
            self._by_first.setdefault(segments[0], []).append((segments, route))

    def resolve(self, path: str) -> Target | None:
        """The target of a path below `PREFIX`; None when the table does not know it.

        Takes the path as it came, still percent-encoded. Dot segments and empty segments
        (a trailing slash, too) fit nothing: servers disagree about what they mean.
        """
        segments = path.split("/")[1:]
        if not segments or any(_means_a_move(segment) for segment in segments):
            return None
        for pattern, route in self._by_first.get(segments[0], ()):
            if _fits(pattern, segments):
                if route.becomes is None:
                    return Target(route.service, path, route)
                return Target(route.service, route.becomes + path[len(route.pattern) :], route)
        return None


def _means_a_move(segment: str) -> bool:
    """Whether some server would take the segment for a step instead of a name."""
    if not segment:
        return True
    return segment[0] in ".%" and segment.lower().replace("%2e", ".") in (".", "..")


def _fits(pattern: list[str], segments: list[str]) -> bool:
    """Whether the path starts with the pattern's segments."""
    if len(segments) < len(pattern):
        return False
    return all(want in ("*", got) for want, got in zip(pattern, segments, strict=False))
