"""The short way to a hot endpoint: described by FastAPI, served without it.

To find a route among a hundred and to solve what its signature asks for takes FastAPI longer
than the endpoint itself where that is one statement. A `Direct` route resolves its signature
by itself; when its path has no parameter, `ShortWay` finds it by one look-up. The edge
answers what it raises, as it does for everyone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

from fastapi import Request
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.responses import Response

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Direct(APIRoute, ABC):
    """A route that answers by `direct`, which must guard as its signature says."""

    @abstractmethod
    async def direct(self, request: Request) -> Response:
        """Answer a request."""

    def get_route_handler(self) -> Handler:
        """What FastAPI calls where the short way does not lead."""
        return self.direct


class ShortWay:
    """ASGI: requests for a `Direct` route go to it at once, all others to the app."""

    def __init__(self, app: Any, routes: Iterable[Any]) -> None:
        self.app = app
        self._ways: Final = dict(_ways(routes))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        way = self._ways.get((scope.get("method"), scope.get("path")))
        if way is None:
            await self.app(scope, receive, send)
            return
        scope["route"], answer = way
        response = await answer(Request(scope, receive, send))
        await response(scope, receive, send)


def _ways(routes: Iterable[Any]) -> Iterable[tuple[tuple[str, str], tuple[RouteContext, Handler]]]:
    for context in iter_route_contexts(list(routes)):
        route, path = context.original_route, context.path_format or "{"
        if isinstance(route, Direct) and "{" not in path:
            for method in context.methods or ():
                yield (method, path), (context, route.direct)
