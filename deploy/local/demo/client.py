"""The public API as a user of it calls it."""

import asyncio
import time
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import httpx

PATIENCE_SECONDS: Final = 60.0


class Refusal(Exception):
    """The API answered with a problem."""

    def __init__(self, method: str, path: str, answer: httpx.Response) -> None:
        super().__init__(f"{method} {path}: {answer.status_code} {answer.text}")
        self.answer = answer

    @property
    def problem(self) -> dict[str, Any]:
        """The problem document."""
        body: dict[str, Any] = self.answer.json()
        return body


class Api:
    """A signed-in client of the gateway."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=30.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def log_in(self, email: str, password: str) -> None:
        """Get a token and use it from now on."""
        login = {"email": email, "password": password}
        answer = await self.post("/auth/login", json=login)
        self._client.headers["Authorization"] = f"Bearer {answer['access_token']}"

    async def call(self, method: str, path: str, **kwargs: Any) -> Any:
        """One request; the body of its answer, or Refusal."""
        answer = await self.send(method, path, **kwargs)
        return answer.json() if answer.content else None

    async def send(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """One request, or Refusal. A POST gets an Idempotency-Key of its own."""
        headers = dict(kwargs.pop("headers", {}))
        if method == "POST":
            headers.setdefault("Idempotency-Key", str(uuid4()))
        answer = await self._client.request(method, path, headers=headers, **kwargs)
        if answer.is_error:
            raise Refusal(method, path, answer)
        return answer

    async def get(self, path: str, **params: Any) -> Any:
        """Read."""
        return await self.call("GET", path, params=params)

    async def post(self, path: str, **kwargs: Any) -> Any:
        """Write."""
        return await self.call("POST", path, **kwargs)

    async def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(path, limit=500, **params, **cursor)
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = {"cursor": page["next"]}

    async def eventually(self, path: str) -> Any:
        """Read something that is on its way."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return await self.get(path)
            except Refusal as refusal:
                if refusal.answer.status_code != 404 or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.1)
