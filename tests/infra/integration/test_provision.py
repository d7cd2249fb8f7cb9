"""Roles and databases: made once, and no role may do more than its work."""

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from deploy.provision import drop, provision
from shared.testing.servers import PASSWORD, Servers

SERVICES = ("customers", "billing")
Urls = dict[str, dict[str, str]]


class Passwords(dict[str, str]):
    """Those that other tests on the same server use: roles belong to the cluster."""

    def __missing__(self, key: str) -> str:
        return PASSWORD


@pytest.fixture(scope="module")
def suffix(servers: Servers) -> Iterator[str]:
    made = f"_{secrets.token_hex(4)}"
    yield made
    drop(servers.postgres_url, SERVICES, made)


@pytest.fixture(scope="module")
def urls(servers: Servers, suffix: str) -> Urls:
    made = provision(servers.postgres_url, SERVICES, Passwords(), suffix)
    with psycopg.connect(made["billing"]["owner"]) as owner:
        owner.execute("CREATE TABLE invoice (id bigint GENERATED ALWAYS AS IDENTITY, total int)")
    return made


def test_provisioning_again_changes_nothing(servers: Servers, suffix: str, urls: Urls) -> None:
    assert provision(servers.postgres_url, SERVICES, Passwords(), suffix) == urls
    with psycopg.connect(urls["billing"]["api"]) as api:
        assert api.execute("SELECT count(*) FROM invoice").fetchone() is not None


@pytest.mark.parametrize("role", ["api", "worker"])
def test_api_and_worker_use_what_the_owner_makes(urls: Urls, role: str) -> None:
    with psycopg.connect(urls["billing"][role]) as connection:
        connection.execute("INSERT INTO invoice (total) VALUES (1)")
        connection.execute("UPDATE invoice SET total = 2")
        connection.execute("DELETE FROM invoice")
        connection.execute("CREATE TEMPORARY TABLE staged (id int)")
        connection.rollback()


@pytest.mark.parametrize("role", ["api", "worker"])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE invoice ADD COLUMN mine int",
        "DROP TABLE invoice",
        "TRUNCATE invoice",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
    ],
)
def test_api_and_worker_change_no_schema(urls: Urls, role: str, statement: str) -> None:
    with (
        psycopg.connect(urls["billing"][role]) as connection,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


@pytest.mark.parametrize("role", ["owner", "api", "worker"])
def test_no_role_connects_to_another_services_database(urls: Urls, role: str) -> None:
    foreign = urls["customers"][role].replace("duesline_customers", "duesline_billing")

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(foreign)


def test_no_role_is_above_row_level_security(urls: Urls, servers: Servers) -> None:
    with psycopg.connect(servers.postgres_url) as superuser:
        found = superuser.execute(
            "SELECT rolname FROM pg_roles WHERE (rolsuper OR rolbypassrls OR rolcreaterole)"
            " AND rolname ~ '^(customers|billing|duesline)_(owner|api|worker)$'"
        ).fetchall()

    assert found == []


def test_a_wrong_password_is_refused(urls: Urls) -> None:
    wrong = urls["billing"]["api"].replace(f":{PASSWORD}@", ":wrong@")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
