"""Keeps secrets of organizations: sealed by this process, unreadable in the database.

AES-256-GCM with a fresh nonce each time. A sealed text names the place it was sealed for
(organization, provider, kind), so that a copy of it in another row does not open. Several
keys may be given: the first seals, whichever fits opens, so a key can be replaced while
everything keeps running.
"""

import hashlib
import os
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.problems import Problem

FORMAT: Final = b"\x01"
SHORTEST: Final = 32
KEY_BYTES: Final = 32
NAME_BYTES: Final = 4
NONCE_BYTES: Final = 12


class VaultClosed(Problem):
    """The installation has no key to seal secrets with, or not the one they were sealed with."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "vault-closed"
    title = "Secrets cannot be kept here"

    def __init__(self, detail: str = "The installation has no PAYMENTS_SECRETS_KEY.") -> None:
        super().__init__(detail)


class Vault:
    """Seals and opens texts."""

    def __init__(self, keys: Sequence[str]) -> None:
        if any(len(key) < SHORTEST for key in keys):
            raise ValueError(f"a key of the vault has {SHORTEST} random characters or more")
        derived = [_derived(key) for key in keys]
        self._keys = {_name(key): AESGCM(key) for key in derived}

    @classmethod
    def of(cls, text: str) -> "Vault":
        """The vault whose keys are in a setting, separated by commas."""
        return cls([part.strip() for part in text.split(",") if part.strip()])

    def seal(self, text: str, *, place: str) -> bytes:
        """The text as only this vault can read it; raises VaultClosed without a key."""
        if not self._keys:
            raise VaultClosed
        name, key = next(iter(self._keys.items()))
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + name + nonce + key.encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, *, place: str) -> str:
        """The text that was sealed for `place`; raises VaultClosed when no key fits."""
        name = sealed[1 : 1 + NAME_BYTES]
        rest = sealed[1 + NAME_BYTES :]
        key = self._keys.get(name)
        if sealed[:1] != FORMAT or key is None:
            raise VaultClosed("No key of this installation opens the secret; enter it again.")
        try:
            return key.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.encode()).decode()
        except InvalidTag:
            raise VaultClosed("The stored secret was altered; enter it again.") from None


def _derived(text: str) -> bytes:
    """The key in a text. The text is random already, so no slow derivation is needed."""
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"duesline vault")
    return hkdf.derive(text.encode())


def _name(key: bytes) -> bytes:
    """Tells keys apart without telling anything of them."""
    return hashlib.sha256(b"duesline vault" + key).digest()[:NAME_BYTES]
