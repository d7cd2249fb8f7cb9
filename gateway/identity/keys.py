"""The keys tokens are signed with, as the world may see them (RFC 7517)."""

import base64
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from shared.auth import key_id

END: Final = "-----END PUBLIC KEY-----"


class Key(BaseModel):
    """One public key."""

    kty: str = "OKP"
    crv: str = "Ed25519"
    use: str = "sig"
    alg: str = "EdDSA"
    kid: str
    x: str


class KeySet(BaseModel):
    """Every key whose tokens hold; `kid` in a token's header says which."""

    keys: list[Key]


def key_set(pem: str) -> KeySet:
    """The keys of a text of PEM blocks, each once."""
    found: dict[str, Key] = {}
    for block in pem.split(END)[:-1]:
        key = serialization.load_pem_public_key((block + END).strip().encode())
        if isinstance(key, Ed25519PublicKey):
            raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
            found[key_id(key)] = Key(kid=key_id(key), x=x)
    return KeySet(keys=list(found.values()))


router = APIRouter(tags=["auth"])


@router.get("/.well-known/jwks.json")
async def published_keys(request: Request, response: Response) -> KeySet:
    """The public keys that access tokens are verified with."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return key_set(request.app.state.published_pem())
