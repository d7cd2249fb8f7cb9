"""Asking the services on behalf of a caller."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar

import httpx
import orjson
import structlog
from fastapi import Depends, Request

from shared import telemetry
from shared.auth import ORGANIZATION_HEADER
from shared.problems import Problem

log = structlog.get_logger(__name__)

T = TypeVar("T")
PASSED_ON: Final = ("authorization", ORGANIZATION_HEADER.lower(), "x-request-id")


class PartFailed(Exception):
    """A service did not answer a part of a composed read, or not with what was asked for."""


class Refused(Problem):
    """A service refuses the caller what the whole read is about; said on in its words."""

    def __init__(self, problem: Mapping[str, Any], status: int) -> None:
        super().__init__(str(problem.get("detail", "")))
        self.problem = dict(problem)
        self.status = HTTPStatus(status)  # type: ignore[misc]  # one class for what others refuse

    def body(self) -> dict[str, Any]:
        """The service's own problem."""
        return self.problem


class Services:
    """The services' APIs over one pooled client."""

    def __init__(self, apis: Mapping[str, str], *, part_seconds: float) -> None:
        self.apis = dict(apis)
        self._seconds = part_seconds
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(part_seconds, connect=min(part_seconds, 1.0)),
            limits=httpx.Limits(max_connections=100, keepalive_expiry=4.0),
            trust_env=False,
        )

    async def close(self) -> None:
        """Give every connection back."""
        await self._client.aclose()

    async def answer(
        self, url: str, headers: Mapping[str, str], params: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """Whatever is answered within the deadline; raises PartFailed when nothing is."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._client.get(url, headers=dict(headers), params=params)
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("part-failed", url=url, error=repr(error))
            raise PartFailed(url) from error


@dataclass(frozen=True, slots=True)
class Asking:
    """One caller's way to the services."""

    services: Services
    headers: Mapping[str, str]

    async def get(self, service: str, path: str, **params: Any) -> Any:
        """What a service says; raises Refused for what is the caller's fault, else PartFailed."""
        given = {name: value for name, value in params.items() if value is not None}
        answer = await self.services.answer(
            self.services.apis[service] + path, self.headers, given or None
        )
        try:
            said = orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise PartFailed(path) from error
        if answer.status_code == HTTPStatus.OK:
            return said
        if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Refused(said, answer.status_code)
        log.warning("part-failed", service=service, path=path, status=answer.status_code)
        raise PartFailed(path)

    async def page(self, service: str, path: str, **params: Any) -> tuple[list[Any], bool]:
        """The first page of a list, and whether there is more."""
        said = await self.get(service, path, **params)
        try:
            return list(said["items"]), said["next"] is not None
        except (KeyError, TypeError) as error:
            raise PartFailed(path) from error


class Parts:
    """The parts of one answer: those that came, and the names of those that did not."""

    def __init__(self) -> None:
        self.unavailable: list[str] = []

    async def take(self, name: str, part: Awaitable[T]) -> T | None:
        """The part, or None and its name noted."""
        try:
            return await part
        except (PartFailed, Refused):
            self.unavailable.append(name)
            return None


async def _asking(request: Request) -> Asking:
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    traceparent = telemetry.current_traceparent()
    if traceparent is not None:
        headers["traceparent"] = traceparent
    return Asking(request.app.state.services, headers)


AskingOf = Annotated[Asking, Depends(_asking)]
