"""PostgreSQL and RabbitMQ of a profile: up when asked for, found again when already up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.local import ports as local_ports
from deploy.local.management import Management
from deploy.local.postgres import SUPERUSER, Postgres
from deploy.local.rabbitmq import PORT_NAMES, USER, RabbitMQ
from deploy.local.state import locked, read_json, secret, state_dir, write_json

ATTEMPTS: Final = 3
# Nothing there is worth the five seconds a broker takes to say good-bye.
THROW_AWAY: Final = ("test",)


@dataclass(frozen=True, slots=True)
class Infra:
    """Where the servers of a profile are."""

    profile: str
    postgres_url: str
    amqp_url: str
    management_url: str
    state_dir: Path


def ensure_up(profile: str) -> Infra:
    """Start what does not run; at once when everything does. Safe to call from many processes."""
    with locked(profile):
        _start_postgres(profile)
        _start_broker(profile)
    return describe(profile)


def describe(profile: str) -> Infra:
    """Where the servers are, or were last."""
    known = _ports(profile)
    postgres_password = secret(profile, "postgres")
    broker_password = secret(profile, "rabbitmq")
    return Infra(
        profile=profile,
        postgres_url=(
            f"postgresql://{SUPERUSER}:{postgres_password}@127.0.0.1:{known['postgres']}/postgres"
        ),
        amqp_url=f"amqp://{USER}:{broker_password}@127.0.0.1:{known['amqp']}/",
        management_url=f"http://{USER}:{broker_password}@127.0.0.1:{known['management']}",
        state_dir=state_dir(profile),
    )


def down(profile: str) -> None:
    """Stop both servers; their data stays (a throw-away broker's is not worth relying on)."""
    with locked(profile):
        known, broker = _ports(profile), RabbitMQ(profile)
        if profile in THROW_AWAY:
            broker.kill()
        if known:
            broker.stop(known)
        Postgres(profile).stop()


def status(profile: str) -> dict[str, dict[str, Any]]:
    """Pid and port of each server; the pid is None when it does not run."""
    known = _ports(profile)
    return {
        "postgres": {"pid": Postgres(profile).pid(), "port": known.get("postgres")},
        "rabbitmq": {"pid": RabbitMQ(profile).pid(), "port": known.get("amqp")},
    }


def postgres_start(profile: str) -> None:
    """Start PostgreSQL again, on the port it had."""
    with locked(profile):
        _start_postgres(profile)


def postgres_stop(profile: str) -> None:
    """Stop PostgreSQL in order."""
    with locked(profile):
        Postgres(profile).stop()


def postgres_kill(profile: str) -> None:
    """kill -9 of PostgreSQL and every process of it."""
    with locked(profile):
        Postgres(profile).kill()


def broker_start(profile: str) -> None:
    """Start RabbitMQ again, on the ports it had."""
    with locked(profile):
        _start_broker(profile)


def broker_stop(profile: str) -> None:
    """Stop RabbitMQ in order."""
    with locked(profile):
        RabbitMQ(profile).stop(_ports(profile))


def broker_kill(profile: str) -> None:
    """kill -9 of RabbitMQ.

    Confirmed messages survive. A queue or virtual host made within the last second may not:
    RabbitMQ writes those records a little later. Let new ones settle before killing.
    """
    with locked(profile):
        RabbitMQ(profile).kill()


def create_vhost(infra: Infra, name: str) -> str:
    """A virtual host of its own, for a test or a run; its AMQP URL."""
    _management(infra.profile).create_vhost(name)
    return infra.amqp_url + name


def delete_vhost(infra: Infra, name: str) -> None:
    """Delete a virtual host with everything in it."""
    _management(infra.profile).delete_vhost(name)


def _management(profile: str) -> Management:
    return Management(_ports(profile)["management"], USER, secret(profile, "rabbitmq"))


def _start_postgres(profile: str) -> None:
    server = Postgres(profile)
    known = _ports(profile)
    if server.pid() is not None and local_ports.answers(known["postgres"]):
        return
    for attempt in range(1, ATTEMPTS + 1):
        port = _kept_or_free(known.get("postgres"))
        _remember(profile, {"postgres": port})
        try:
            server.start(port, secret(profile, "postgres"))
        except RuntimeError:
            # Somebody may have taken the port between our look and the server's.
            if attempt == ATTEMPTS or local_ports.is_free(port):
                raise
        else:
            return


def _start_broker(profile: str) -> None:
    server = RabbitMQ(profile)
    known = _ports(profile)
    if server.pid() is not None:
        if known and local_ports.answers(known["amqp"], 30):
            return
        # Half started by somebody who was killed: begin again.
        server.kill()
    for attempt in range(1, ATTEMPTS + 1):
        chosen = _broker_ports(known)
        _remember(profile, chosen)
        try:
            server.start(chosen, secret(profile, "rabbitmq"))
        except RuntimeError:
            server.kill()
            if attempt == ATTEMPTS or all(map(local_ports.is_free, chosen.values())):
                raise
        else:
            return


def _broker_ports(known: dict[str, int]) -> dict[str, int]:
    """The ports it had where they are free; a private port mapper may still hold its own."""
    chosen: dict[str, int] = {}
    for name in PORT_NAMES:
        had = known.get(name)
        if had is not None and (name == "epmd" or local_ports.is_free_soon(had)):
            chosen[name] = had
            continue
        port = local_ports.free_port()
        while port in chosen.values():
            port = local_ports.free_port()
        chosen[name] = port
    return chosen


def _kept_or_free(had: int | None) -> int:
    """The port it had, if at all possible: clients know no other."""
    if had is not None and local_ports.is_free_soon(had):
        return had
    return local_ports.free_port()


def _ports(profile: str) -> dict[str, int]:
    found: dict[str, int] = read_json(state_dir(profile) / "infra.json").get("ports", {})
    return found


def _remember(profile: str, ports: dict[str, int]) -> None:
    write_json(state_dir(profile) / "infra.json", {"ports": {**_ports(profile), **ports}})
