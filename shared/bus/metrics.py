"""What the bus counts."""

from typing import Final

from prometheus_client import Counter, Gauge

EVENTS_HANDLED: Final = Counter(
    "duesline_events_handled_total", "Events taken from the queue.", ["service", "outcome"]
)
EVENTS_PUBLISHED: Final = Counter(
    "duesline_events_published_total", "Events confirmed by the broker.", ["service"]
)
RELAY_LEADS: Final = Gauge("duesline_relay_leads", "1 where this process relays.", ["service"])
