"""Makes the roles and databases of the services; used natively, by Compose and by tests.

Repeating it changes nothing but the passwords, which become the ones given. No role it makes
is a superuser, may bypass row-level security, or may connect to another service's database:

- group roles without login, one set in the cluster: `duesline_owner`, `duesline_api`,
  `duesline_worker`; row-level security policies and grants name only these;
- login roles `<service>_owner` (runs migrations), `<service>_api`, `<service>_worker`;
- database `duesline_<service><suffix>`, owned by `<service>_owner`.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import Connection, sql

SERVICES: Final = ("customers", "billing", "payments", "collections", "ingestion", "gateway")
ROLES: Final = ("owner", "api", "worker")
EXTENSIONS: Final = ("pg_trgm",)
# Roles belong to the whole cluster, and PostgreSQL refuses concurrent changes of one row.
LOCK: Final = 0x64756C70


def provision(
    superuser_url: str,
    services: Sequence[str],
    passwords: Mapping[str, str],
    suffix: str = "",
) -> dict[str, dict[str, str]]:
    """Make what is missing for `services`; the URL of each by service and role.

    `passwords` is keyed by login role (`billing_api`). Several callers may run at once.
    """
    with psycopg.connect(superuser_url, autocommit=True) as cluster:
        cluster.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        for role in ROLES:
            _make_group(cluster, role)
        for service in services:
            for role in ROLES:
                _make_login(cluster, service, role, passwords[f"{service}_{role}"])
            _make_database(cluster, service, database_name(service, suffix))
    for service in services:
        name = database_name(service, suffix)
        with psycopg.connect(_url(superuser_url, name)) as database:
            _grant_inside(database, service)
    return {
        service: {
            role: login_url(
                superuser_url, service, role, passwords[f"{service}_{role}"], suffix=suffix
            )
            for role in ROLES
        }
        for service in services
    }


def drop(superuser_url: str, services: Sequence[str], suffix: str = "") -> None:
    """Drop the databases, whoever is connected; the roles stay, they belong to the cluster."""
    with psycopg.connect(superuser_url, autocommit=True) as cluster:
        for service in services:
            name = sql.Identifier(database_name(service, suffix))
            cluster.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def database_name(service: str, suffix: str = "") -> str:
    """The database of a service."""
    return f"duesline_{service}{suffix}"


def login_url(
    superuser_url: str, service: str, role: str, password: str, *, suffix: str = ""
) -> str:
    """The URL by which one role of a service reaches its database."""
    return _url(
        superuser_url, database_name(service, suffix), user=f"{service}_{role}", password=password
    )


def _url(url: str, database: str, *, user: str | None = None, password: str = "") -> str:
    parts = urlsplit(url)
    netloc = parts.netloc
    if user is not None:
        host = netloc.rpartition("@")[2]
        netloc = f"{quote(user)}:{quote(password, safe='')}@{host}"
    return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))


def _role_exists(cluster: Connection, name: str) -> bool:
    return (
        cluster.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None
    )


def _make_group(cluster: Connection, role: str) -> None:
    name = f"duesline_{role}"
    if not _role_exists(cluster, name):
        cluster.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def _make_login(cluster: Connection, service: str, role: str, password: str) -> None:
    name = f"{service}_{role}"
    if not _role_exists(cluster, name):
        cluster.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    # Hashed here, so that the server's log never holds a password.
    verifier = cluster.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    ).decode()
    cluster.execute(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
            " INHERIT PASSWORD {}"
        ).format(sql.Identifier(name), sql.Literal(verifier))
    )
    cluster.execute(
        sql.SQL("GRANT {} TO {}").format(sql.Identifier(f"duesline_{role}"), sql.Identifier(name))
    )


def _make_database(cluster: Connection, service: str, name: str) -> None:
    database, owner = sql.Identifier(name), sql.Identifier(f"{service}_owner")
    found = cluster.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if found is None:
        cluster.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
    cluster.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    for role in ROLES:
        login = sql.Identifier(f"{service}_{role}")
        cluster.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, login))
    # Temporary tables carry bulk writes (COPY, then one INSERT ... SELECT).
    for role in ("api", "worker"):
        login = sql.Identifier(f"{service}_{role}")
        cluster.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(database, login))


def _grant_inside(database: Connection, service: str) -> None:
    """What the owner makes here, now or later, api and worker may use but not alter."""
    owner = sql.Identifier(f"{service}_owner")
    users = sql.SQL("duesline_api, duesline_worker")
    for extension in EXTENSIONS:
        database.execute(
            sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
        )
    for statement in (
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {users}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner}"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {users}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE ON SEQUENCES TO {users}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT EXECUTE ON FUNCTIONS TO {users}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE ON SCHEMAS TO {users}",
    ):
        database.execute(sql.SQL(statement).format(owner=owner, users=users))


def main() -> None:
    """For Compose and Kubernetes: everything from the environment.

    `DUESLINE_SUPERUSER_URL`, and `<SERVICE>_<ROLE>_PASSWORD` for each login role.
    """
    names = [f"{service}_{role}" for service in SERVICES for role in ROLES]
    missing = [f"{name.upper()}_PASSWORD" for name in names]
    missing = [name for name in ("DUESLINE_SUPERUSER_URL", *missing) if not os.environ.get(name)]
    if missing:
        sys.exit(f"not set: {', '.join(missing)}")
    passwords = {name: os.environ[f"{name.upper()}_PASSWORD"] for name in names}
    provision(os.environ["DUESLINE_SUPERUSER_URL"], SERVICES, passwords)
    sys.stderr.write(f"provisioned: {', '.join(database_name(name) for name in SERVICES)}\n")


if __name__ == "__main__":
    main()
