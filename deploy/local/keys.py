"""The key pair that signs and verifies access tokens, one per profile."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from deploy.local.state import locked, state_dir, write_private


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the two halves are, as PEM."""

    private: Path
    public: Path


def key_files(profile: str) -> KeyFiles:
    """The profile's Ed25519 key pair, made when there is none."""
    folder = state_dir(profile)
    files = KeyFiles(folder / "token-private.pem", folder / "token-public.pem")
    with locked(profile, "keys"):
        if not (files.private.exists() and files.public.exists()):
            write_key_pair(files)
    return files


def write_key_pair(files: KeyFiles) -> None:
    """Write a new pair."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_private(files.private, private.decode())
    write_private(files.public, public.decode())
