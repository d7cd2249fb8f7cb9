"""The names and declarations of everything on the broker.

One topic exchange; one quorum queue per consuming service, bound from the flow table;
per service a ladder of delay queues whose messages fall back into the service's queue,
and a dead queue for what the broker itself gives up on (its delivery limit, the guard
against a message that kills its consumer). A stream bound to everything is the event log.

Any process declares all of it, so an event published before its consumer's first start
waits in that consumer's queue. Works on RabbitMQ 3.10 and 4.x.
"""

from typing import Final

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange

from shared.contracts.event import EventData
from shared.contracts.flow import FLOW

EXCHANGE: Final = "duesline.events"
LOG: Final = "duesline.log"
LOG_MAX_AGE: Final = "30D"
LOG_MAX_BYTES: Final = 20_000_000_000
LOG_SEGMENT_BYTES: Final = 100_000_000
TIERS: Final = {"500ms": 500, "5s": 5_000, "30s": 30_000, "5m": 300_000, "30m": 1_800_000}
DELIVERY_LIMIT: Final = 20


def queue_name(service: str) -> str:
    """The queue a service consumes."""
    return f"duesline.{service}"


def dead_queue_name(service: str) -> str:
    """Where the broker puts what it gave up delivering to a service."""
    return f"duesline.{service}.dead"


def retry_queue_name(service: str, tier: str) -> str:
    """Where a delivery waits before it is tried again."""
    return f"duesline.{service}.retry.{tier}"


def retry_tier(attempt: int) -> str | None:
    """The tier an event waits in after its `attempt`-th failure; None when it has had all."""
    names = list(TIERS)
    return names[attempt - 1] if attempt <= len(names) else None


def consumers() -> dict[str, list[type[EventData]]]:
    """For each consuming service, the types it hears."""
    heard: dict[str, list[type[EventData]]] = {}
    for data_type, services in FLOW.items():
        for service in services:
            heard.setdefault(service, []).append(data_type)
    return heard


async def declare(channel: AbstractChannel) -> AbstractExchange:
    """Declare everything; idempotent, and safe from many processes at once."""
    exchange = await channel.declare_exchange(EXCHANGE, ExchangeType.TOPIC, durable=True)
    log = await channel.declare_queue(
        LOG,
        durable=True,
        arguments={
            "x-queue-type": "stream",
            "x-max-age": LOG_MAX_AGE,
            "x-max-length-bytes": LOG_MAX_BYTES,
            "x-stream-max-segment-size-bytes": LOG_SEGMENT_BYTES,
        },
    )
    await log.bind(exchange, "#")
    for service, types in consumers().items():
        await _declare_service(channel, service, types)
    return exchange


async def _declare_service(
    channel: AbstractChannel,
    service: str,
    types: list[type[EventData]],
) -> None:
    main = queue_name(service)
    await channel.declare_queue(
        dead_queue_name(service), durable=True, arguments={"x-queue-type": "quorum"}
    )
    queue = await channel.declare_queue(
        main,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_queue_name(service),
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )
    for data_type in types:
        await queue.bind(EXCHANGE, data_type.type)
    for tier, milliseconds in TIERS.items():
        await channel.declare_queue(
            retry_queue_name(service, tier),
            durable=True,
            arguments={
                "x-queue-type": "quorum",
                "x-message-ttl": milliseconds,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": main,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            },
        )
