"""How much one caller may ask for: per user where the token says who, else per address.

Counted in this process's memory, in fixed windows: with several gateways each counts for
itself, so the whole allows that many times as much. Logging in and refreshing have a smaller
allowance of their own, because each costs a password hash or a guess. Webhooks of card processors
have a larger one: a processor speaks for many organizations from few addresses.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from shared import clock
from shared.problems import TooManyRequests

CREDENTIAL_PATHS: Final = frozenset(
    {"/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/password"}
)

WEBHOOK_PATHS: Final = ("/api/v1/webhooks/stripe/", "/api/v1/webhooks/local/")


@dataclass(frozen=True, slots=True)
class Allowances:
    """Requests per caller and time, in the notation of `limits` ("6000/minute")."""

    user: str
    address: str
    credentials: str
    webhooks: str = "12000/minute"


class Windows(Storage):
    """Counts per key until they expire, in two generations of a dictionary.

    A generation is dropped whole once nothing in it can count any more. The store that comes
    with `limits` walks over every key a hundred times a second instead: with one key per
    address that is what an attacker would want.
    """

    STORAGE_SCHEME = ["duesline-windows"]  # noqa: RUF012  # as the base class declares it

    def __init__(self, longest_seconds: int) -> None:
        super().__init__()
        self._longest = longest_seconds
        self._young: dict[str, tuple[int, float]] = {}
        self._old: dict[str, tuple[int, float]] = {}
        self._turns_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """What this store may raise."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, and say how many there are now; a new count starts a window of `expiry`."""
        now = clock.now().timestamp()
        if now >= self._turns_at:
            alive = now < self._turns_at + self._longest
            self._old, self._young = (self._young if alive else {}), {}
            self._turns_at = now + self._longest
        count, ends_at = self._young.get(key) or self._old.get(key) or (0, 0.0)
        if now >= ends_at:
            count, ends_at = 0, now + expiry
        self._young[key] = count + amount, ends_at
        return count + amount

    def get(self, key: str) -> int:
        """The count of a key whose window is open."""
        count, ends_at = self._young.get(key) or self._old.get(key) or (0, 0.0)
        return count if clock.now().timestamp() < ends_at else 0

    def get_expiry(self, key: str) -> float:
        """When the key's window ends."""
        return (self._young.get(key) or self._old.get(key) or (0, 0.0))[1]

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int | None:
        """Forget everything."""
        forgotten = len(self._young.keys() | self._old.keys())
        self._young, self._old = {}, {}
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one key."""
        self._young.pop(key, None)
        self._old.pop(key, None)


class RateLimiter:
    """Counts requests and refuses those above the allowance."""

    def __init__(self, allowances: Allowances) -> None:
        self._user = parse(allowances.user)
        self._address = parse(allowances.address)
        self._credentials = parse(allowances.credentials)
        self._webhooks = parse(allowances.webhooks)
        all_of_them = (self._user, self._address, self._credentials, self._webhooks)
        longest = max(each.get_expiry() for each in all_of_them)
        self._windows = Windows(longest)
        self._limiter = FixedWindowRateLimiter(self._windows)

    def count_user(self, user: str) -> None:
        """Count one request of a known user."""
        self._count(self._user, "user", user)

    def count_address(self, address: str, path: str) -> None:
        """Count one request of an unknown caller."""
        if path.startswith(WEBHOOK_PATHS):
            self._count(self._webhooks, "webhooks", address)
            return
        if path in CREDENTIAL_PATHS:
            self._count(self._credentials, "credentials", address)
        self._count(self._address, "address", address)

    def _count(self, allowance: RateLimitItem, kind: str, caller: str) -> None:
        if self._limiter.hit(allowance, kind, caller):
            return
        ends_at = self._windows.get_expiry(allowance.key_for(kind, caller))
        seconds = max(1, ceil(ends_at - clock.now().timestamp()))
        raise TooManyRequests(
            f"More than {allowance} are not taken from one {kind}; wait {seconds} s.",
            retry_after=seconds,
        )
