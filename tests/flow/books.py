"""The books of a world, read straight from its databases."""

from collections.abc import AsyncIterator

import orjson

from deploy.verify import Row
from tests.flow.world import World


class WorldBooks:
    """What deploy.verify compares, without HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def read(self, service: str, book: str) -> AsyncIterator[Row]:
        """The rows of a book, as JSON shows them."""
        member = self._world.members[service]
        [found] = [one for one in member.service.books if one.name == book]
        for row in await member.rows(found.sql):
            yield orjson.loads(orjson.dumps(row, default=str))

    async def broken(self, service: str) -> list[str]:
        """The service's invariants that do not hold."""
        mine = f"{service}: "
        return [one for one in await self._world.broken_promises() if one.startswith(mine)]
