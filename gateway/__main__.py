"""`python -m gateway {migrate|api --port N}`."""

import argparse
import asyncio
import gc
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import uvicorn
import uvloop

from gateway.app import running
from gateway.routes import GATEWAY
from gateway.settings import GatewaySettings
from shared import logs, migrate, telemetry

DRAIN_SECONDS: Final = 10
KEEP_ALIVE_SECONDS: Final = 75
BACKLOG: Final = 1024
COLLECT_AFTER: Final = 50_000


async def serve(settings: GatewaySettings, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in hand."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as app:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
                server_header=False,
                backlog=BACKLOG,
            )
        )

        async def stopping() -> None:
            await stop.wait()
            server.should_exit = True

        stopper = asyncio.create_task(stopping())
        spare_the_collector()
        with suppress(asyncio.CancelledError):
            await server._serve()  # serve() would take over the signals
        stopper.cancel()


def spare_the_collector() -> None:
    """Leave what lives as long as the process out of garbage collection.

    Walking over it at every full collection stops all requests for some 40 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


def main(argv: Sequence[str] | None = None) -> None:
    """Run one of the gateway's commands."""
    parser = argparse.ArgumentParser(prog=GATEWAY)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the database to the newest revision")
    api = commands.add_parser("api", help="serve")
    api.add_argument("--port", type=int, required=True)
    api.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args(argv)
    settings = GatewaySettings()
    logs.configure(GATEWAY, arguments.command, settings.log_format, settings.log_level)
    if arguments.command == "migrate":
        migrate.upgrade(GATEWAY, settings.database_url)
        return
    telemetry.configure(GATEWAY, settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, arguments.host, arguments.port))


if __name__ == "__main__":
    main()
