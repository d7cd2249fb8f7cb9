"""Passwords: hashed with argon2 off the event loop, a bounded number at a time.

A hash takes a quarter of a second of a core and 64 MiB, so unbounded logins would starve
everything else the gateway carries.
"""

import asyncio
import secrets
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

AT_ONCE: Final = 2


class Passwords:
    """Hashes and checks passwords; an unknown user costs the time of a known one."""

    def __init__(self, *, passes: int = 3, memory_kib: int = 65536) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=passes, memory_cost=memory_kib),))
        self._nobodys_hash = self._hasher.hash(secrets.token_urlsafe(16))
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def check(self, password: str, kept: str | None) -> bool:
        """Whether the password is the one hashed; False for None, in the same time."""
        async with self._slots:
            matches = await asyncio.to_thread(
                self._hasher.verify, password, self._nobodys_hash if kept is None else kept
            )
        return matches and kept is not None
