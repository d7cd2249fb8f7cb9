"""A process that serves HTTP until it is told to stop; every process of the system is one."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import uvicorn

DRAIN_SECONDS: Final = 10


def stop_event() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, event.set)
    return event


async def serve(
    app: Any,
    host: str,
    port: int,
    stopping: Callable[[], Awaitable[Any]],
    *,
    backlog: int = 512,
    keep_alive_seconds: int = 5,
) -> None:
    """Serve an ASGI app until `stopping` returns, then finish the requests in hand."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=keep_alive_seconds,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            server_header=False,
            backlog=backlog,
        )
    )

    async def stop() -> None:
        await stopping()
        server.should_exit = True

    stopper = asyncio.create_task(stop())
    with suppress(asyncio.CancelledError):
        await server._serve()  # serve() would take over the signals
    stopper.cancel()


def spare_the_collector() -> None:
    """Leave what lives as long as the process out of garbage collection, and collect seldom.

    Measured: pages of rows made it a quarter of a worker's time, and each full collection
    stopped all requests for some 40 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
