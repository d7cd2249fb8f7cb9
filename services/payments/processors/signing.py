"""Whether a webhook is from who it says: Stripe's scheme, `t=<seconds>,v1=<hex>`.

The signature is an HMAC-SHA256 over the time, a point and the body byte for byte, compared
in constant time. The time may differ from ours by the tolerance either way: an old delivery
cannot be played again for long, and none can be signed ahead. Several secrets hold at once
while one is being replaced.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from shared.problems import Problem

HEADER: Final = "Stripe-Signature"
MOST_SIGNATURES: Final = 10


class SignatureRefused(Problem):
    """The webhook is not signed with this organization's secret, or not lately."""

    status = HTTPStatus.BAD_REQUEST
    slug = "signature-refused"
    title = "The signature does not hold"

    def __init__(self) -> None:
        super().__init__("Sign the body as it is, now, with the secret of this endpoint.")


def sign(body: bytes, secret: str, at: datetime) -> str:
    """The header of a body that is sent at an instant."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(body, secret, str(seconds))}"


def verify(
    body: bytes, header: str | None, secrets: Sequence[str], now: datetime, tolerance: timedelta
) -> None:
    """Raise SignatureRefused unless one of the secrets signed the body within the tolerance."""
    time, signatures = _read(header or "")
    good = False
    for secret in secrets:
        wanted = _digest(body, secret, time).encode()
        for signature in signatures:
            good |= hmac.compare_digest(wanted, signature.encode("utf-8", "replace"))
    if not good or abs(int(time) - now.timestamp()) > tolerance.total_seconds():
        raise SignatureRefused


def _read(header: str) -> tuple[str, list[str]]:
    """The time, and the signatures of the scheme we know."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    time = times[0] if len(times) == 1 else ""
    if not (time.isascii() and time.isdigit() and len(time) <= 12) or not signatures:
        raise SignatureRefused
    return time, signatures[:MOST_SIGNATURES]


def _digest(body: bytes, secret: str, time: str) -> str:
    return hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()
