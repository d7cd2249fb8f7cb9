"""What identity's endpoints ask for."""

from typing import Annotated

from fastapi import Depends, Request

from gateway.identity.sessions import Identity


async def _identity(request: Request) -> Identity:
    identity: Identity = request.app.state.identity
    return identity


IdentityOf = Annotated[Identity, Depends(_identity)]
