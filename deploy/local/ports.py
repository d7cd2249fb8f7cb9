"""Free ports on loopback."""

import random
import socket
import time
from collections.abc import Sequence
from typing import Final

# Below the kernel's range for outgoing connections, so that no client takes one meanwhile.
RANGE: Final = range(20_000, 32_000)
LOOPBACK: Final = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int, timeout_seconds: float = 1.0) -> bool:
    """Whether something listens on the port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout_seconds).close()
    except OSError:
        return False
    return True


def free_ports(count: int, *, preferred: Sequence[int] = ()) -> list[int]:
    """`count` different free ports; the preferred ones first, where they are free."""
    chosen = [port for port in preferred if is_free(port)][:count]
    source = random.SystemRandom()
    while len(chosen) < count:
        port = source.choice(RANGE)
        if port not in chosen and is_free(port):
            chosen.append(port)
    return chosen


def is_free_soon(port: int, timeout_seconds: float = 10.0) -> bool:
    """Whether the port is free, or becomes so: a killed server's threads die one by one."""
    deadline = time.monotonic() + timeout_seconds
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def free_port(preferred: int | None = None) -> int:
    """One free port, `preferred` when it is."""
    return free_ports(1, preferred=() if preferred is None else (preferred,))[0]
