"""The first platform administrator, who makes all others."""

import asyncio
from typing import Final

import psycopg
import psycopg_pool
import structlog

from gateway.identity import store
from gateway.identity.sessions import Identity
from gateway.settings import GatewaySettings
from shared.ids import new_id

log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = 1.0
NAME: Final = "Platform administrator"


async def ensure_first_administrator(identity: Identity, settings: GatewaySettings) -> None:
    """Make the administrator the settings name, unless that e-mail has a user already.

    Waits for the database as long as it takes. The password of a user that exists is left
    alone: who changed it means it.
    """
    if not settings.admin_email or settings.admin_password_file is None:
        return
    password = (await asyncio.to_thread(settings.admin_password_file.read_text)).strip()
    password_hash = await identity.passwords.hash(password)
    while True:
        try:
            async with identity.database.transaction(None) as tx:
                made = await store.ensure_administrator(
                    tx,
                    user_id=new_id(),
                    email=settings.admin_email,
                    name=NAME,
                    password_hash=password_hash,
                )
        except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
            log.warning("first-administrator-waits", error=repr(error))
            await asyncio.sleep(RETRY_SECONDS)
        else:
            log.info("first-administrator", made=made, email=settings.admin_email)
            return
