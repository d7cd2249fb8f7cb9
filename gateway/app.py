"""The gateway put together: what is opened, what answers what, and what is closed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

import gateway
from gateway import health
from gateway.docs import api as docs_api
from gateway.edge.console import console
from gateway.edge.dispatch import Callers, Dispatch, carried
from gateway.edge.limiting import RateLimiter
from gateway.edge.proxy import Proxy
from gateway.identity import auth_api, keys, users_api
from gateway.identity.first import ensure_first_administrator
from gateway.identity.passwords import Passwords
from gateway.identity.sessions import Identity, Lifetimes
from gateway.reads import dashboard, overview
from gateway.reads.services import Services
from gateway.routes import GATEWAY, PREFIX, Routes
from gateway.settings import GatewaySettings
from shared import migrate
from shared.auth import TokenIssuer, TokenVerifier
from shared.db import Database
from shared.http import create_http_app

CORS_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Organization-Id")
CORS_SHOWN = ("ETag", "Location", "Retry-After", "X-Request-Id", "Idempotent-Replay")


def own_app(
    settings: GatewaySettings, database: Database, verifier: TokenVerifier | None = None
) -> FastAPI:
    """The application of the gateway's own endpoints; enough by itself to describe them."""

    async def migrated() -> None:
        async with database.transaction(None) as tx:
            found = await migrate.current(tx)
        if found != (wanted := migrate.head(GATEWAY)):
            raise RuntimeError(f"the database is at {found}, this release needs {wanted}")

    async def administered() -> None:
        """Who asks whether we are ready may want to log in next."""
        first: asyncio.Task[None] | None = getattr(app.state, "first", None)
        if first is not None and not first.done():
            raise RuntimeError("the first administrator is being made")

    public = APIRouter(prefix=PREFIX)
    for router in (
        auth_api.router,
        users_api.names_router,
        users_api.router,
        users_api.passwords_router,
        overview.router,
        dashboard.router,
    ):
        public.include_router(router)
    app = create_http_app(
        GATEWAY,
        (public, keys.router, health.router, docs_api.router),
        database,
        settings,
        verifier=verifier,
        checks={"migrations": migrated, "administrator": administered},
        description=gateway.__doc__ or "",
        openapi_url=None,  # docs_api serves the whole system's
    )
    return app


@asynccontextmanager
async def running(settings: GatewaySettings) -> AsyncIterator[ASGIApp]:
    """The gateway, open for requests."""
    issuer = TokenIssuer(_private_key(settings))
    verifier = TokenVerifier(issuer.public_key_pem, file=settings.token_public_key_file)
    async with AsyncExitStack() as stack:
        database = await Database.open(
            settings.database_url, application="gateway-api", size=settings.pool_size
        )
        stack.push_async_callback(database.close)
        services = Services(settings.apis, part_seconds=settings.part_seconds)
        stack.push_async_callback(services.close)
        proxy = Proxy(
            settings.apis,
            connect_seconds=settings.connect_seconds,
            silence_seconds=settings.silence_seconds,
        )
        await proxy.open()
        stack.push_async_callback(proxy.close)
        own = own_app(settings, database, verifier)
        identity = _identity(settings, database, issuer)
        own.state.identity = identity
        own.state.services = services
        own.state.published_pem = _published(settings, issuer)
        own.state.processes = _processes(settings)
        first = asyncio.create_task(ensure_first_administrator(identity, settings))
        stack.callback(first.cancel)
        own.state.first = first
        limiter = RateLimiter(settings.allowances) if settings.rate_limits else None
        app = Dispatch(
            own=own,
            console=console(settings.console_dir),
            carried=carried(proxy, access_log=False),
            routes=Routes(),
            callers=Callers(verifier, limiter),
        )
        yield _with_cors(app, settings)


def _with_cors(app: ASGIApp, settings: GatewaySettings) -> ASGIApp:
    """Answer browsers of other origins, if there are any that may ask."""
    if not settings.cors_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=CORS_HEADERS,
        expose_headers=CORS_SHOWN,
        max_age=600,
    )


def _identity(settings: GatewaySettings, database: Database, issuer: TokenIssuer) -> Identity:
    return Identity(
        database,
        issuer,
        Passwords(passes=settings.password_passes, memory_kib=settings.password_memory_kib),
        Lifetimes(
            refresh=timedelta(days=settings.refresh_days),
            session=timedelta(days=settings.session_days),
            attempts=settings.login_attempts,
            attempts_window=timedelta(minutes=settings.login_window_minutes),
        ),
    )


def _private_key(settings: GatewaySettings) -> str:
    path = settings.token_private_key_file
    if path is None:
        raise ValueError("set DUESLINE_TOKEN_PRIVATE_KEY_FILE")
    return path.read_text()


def _published(settings: GatewaySettings, issuer: TokenIssuer) -> Callable[[], str]:
    """The public keys: those of the file, which may hold more than ours, and ours."""

    def pem() -> str:
        path: Path | None = settings.token_public_key_file
        others = path.read_text() if path is not None else settings.token_public_key
        return f"{others}\n{issuer.public_key_pem}"

    return pem


def _processes(settings: GatewaySettings) -> dict[str, str]:
    """Every process there is, by a name for it, and where its health is."""
    apis = {f"{service}-api": url for service, url in settings.apis.items()}
    workers = {f"{service}-worker": url for service, url in settings.workers.items()}
    return dict(sorted((apis | workers).items()))
