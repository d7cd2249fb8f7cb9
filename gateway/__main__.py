"""`python -m gateway {migrate|api --port N}`."""

import argparse
import asyncio
from collections.abc import Sequence
from typing import Final

import uvloop

from gateway.app import running
from gateway.routes import GATEWAY
from gateway.settings import GatewaySettings
from shared import logs, migrate, telemetry
from shared.serving import serve, spare_the_collector, stop_event

KEEP_ALIVE_SECONDS: Final = 75
BACKLOG: Final = 1024


async def run_api(settings: GatewaySettings, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in hand."""
    stop = stop_event()
    async with running(settings) as app:
        spare_the_collector()
        await serve(
            app,
            host,
            port,
            stop.wait,
            backlog=BACKLOG,
            keep_alive_seconds=KEEP_ALIVE_SECONDS,
        )


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
        runner.run(run_api(settings, arguments.host, arguments.port))


if __name__ == "__main__":
    main()
