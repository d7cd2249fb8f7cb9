"""A service as data, and the processes it runs as.

`main(SERVICE)` gives a service its commands: `migrate` brings its database to the newest
revision, `api` serves HTTP, `worker` consumes, relays and keeps time (with health and
metrics on a port of its own), `openapi` prints the API's description. One image, and the
processes scale apart.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import structlog
import uvloop
from fastapi import APIRouter, FastAPI

from shared import logs, migrate, telemetry
from shared.admin import admin_router
from shared.bus.rebuild import Projection
from shared.db import Connection, Database
from shared.depths import Depths
from shared.health import Check
from shared.http import create_http_app
from shared.outbox import Notifier
from shared.serving import serve, spare_the_collector, stop_event
from shared.settings import ServiceSettings
from shared.timers import TimerFunction
from shared.worker import Worker

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Book:
    """A listing of a service's state that `make verify` compares with other services'.

    `sql` yields `columns` ordered by the first ones up to the key.
    """

    name: str
    columns: tuple[str, ...]
    sql: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """A statement that must yield no row; each row it yields is a broken promise."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """An invariant that takes more than a statement to look at; `find` yields what breaks it.

    All that it finds stands as of the transaction it is given, over all organizations.
    """

    name: str
    find: Callable[[Connection], AsyncGenerator[Mapping[str, Any], None]]


@dataclass(frozen=True, slots=True)
class Service:
    """What a service is made of; everything else about its processes is the same for all."""

    name: str
    routers: tuple[APIRouter, ...] = ()
    handlers: tuple[ModuleType, ...] = ()
    timers: tuple[TimerFunction, ...] = ()
    projections: tuple[Projection, ...] = ()
    books: tuple[Book, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    settings: type[ServiceSettings] = field(default=ServiceSettings)


def create_app(
    service: Service, database: Database, settings: ServiceSettings, worker: Worker | None = None
) -> FastAPI:
    """The HTTP side of a process; a worker's has health, metrics and administration only."""

    async def migrated() -> None:
        async with database.transaction(None) as tx:
            found = await migrate.current(tx)
        if found != (wanted := migrate.head(service.name)):
            raise RuntimeError(f"the database is at {found}, this release needs {wanted}")

    checks: dict[str, Check] = {"migrations": migrated}
    if worker is not None:
        checks["broker"] = worker.check_broker
    return create_http_app(
        service.name,
        (*(service.routers if worker is None else ()), admin_router(service)),
        database,
        settings,
        checks=checks,
        gauges=Depths(service.name, database).read,
        description=(sys.modules.get(f"services.{service.name}") or sys).__doc__ or "",
    )


async def run_api(service: Service, settings: ServiceSettings, host: str, port: int) -> None:
    """The api process."""
    stop = stop_event()
    database = await Database.open(
        settings.database_url, application=f"{service.name}-api", size=settings.pool_size
    )
    notifier = Notifier(database)
    database.on_commit = notifier.wake
    waking = asyncio.create_task(notifier.run())
    try:
        await serve(create_app(service, database, settings), host, port, stop.wait)
    finally:
        waking.cancel()
        await database.close()


async def run_worker(service: Service, settings: ServiceSettings, host: str, port: int) -> None:
    """The worker process: consumer, relay, timers, and its own health."""
    stop = stop_event()
    async with AsyncExitStack() as stack:
        database = await Database.open(
            settings.database_url,
            application=f"{service.name}-worker",
            size=settings.pool_size,
            custom_plans=True,
        )
        stack.push_async_callback(database.close)
        worker = Worker(service, database, settings)
        health = create_app(service, database, settings, worker)
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(serve(health, host, port, worker.stopped.wait))
            group.create_task(worker.run())
            await stop.wait()
            log.info("draining", service=service.name)
            await worker.stop()
            await serving


def describe(service: Service) -> None:
    """Print the OpenAPI document; needs neither keys nor servers."""
    settings = service.settings()
    app = create_app(service, Database("postgresql://", application="openapi"), settings)
    json.dump(app.openapi(), sys.stdout, indent=1, sort_keys=True)


def main(service: Service, argv: Sequence[str] | None = None) -> None:
    """Run one of the service's commands."""
    parser = argparse.ArgumentParser(prog=f"services.{service.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the database to the newest revision")
    commands.add_parser("openapi", help="print the API's OpenAPI document")
    for name in ("api", "worker"):
        command = commands.add_parser(name)
        command.add_argument("--port", type=int, required=True)
        command.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args(argv)
    if arguments.command == "openapi":
        describe(service)
        return
    settings = service.settings()
    logs.configure(service.name, arguments.command, settings.log_format, settings.log_level)
    if arguments.command == "migrate":
        migrate.upgrade(service.name, settings.database_url)
        return
    telemetry.configure(service.name, settings)
    run = run_api if arguments.command == "api" else run_worker
    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(service, settings, arguments.host, arguments.port))
