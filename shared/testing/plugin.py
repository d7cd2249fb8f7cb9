"""The pytest plugin: one PostgreSQL and one RabbitMQ per machine, a database per test.

Servers come from the environment (`DUESLINE_TEST_DATABASE_URL`, a superuser's, and
`DUESLINE_TEST_AMQP_URL`), from Docker when `DUESLINE_TEST_INFRA=docker`, else natively from
deploy.local. They start when a test first asks for them, so unit tests need neither.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared import logs
from shared.testing.bed import Bed
from shared.testing.mail import MailServer, serve_mail
from shared.testing.servers import Servers, start_servers

FOLDER_MARKS = ("integration", "flow", "fault", "e2e")


def pytest_configure() -> None:
    """Logs as plain lines, shown for failures only; drawing a traceback takes seconds."""
    logs.configure("test", "pytest")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test under tests/integration is an integration test, and so on."""
    for item in items:
        for mark in set(FOLDER_MARKS) & set(Path(item.path).parts):
            item.add_marker(getattr(pytest.mark, mark))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The database and message servers, shared by the whole session."""
    with start_servers() as running:
        yield running


@pytest.fixture
def bed(servers: Servers) -> Bed:
    """Where services are put to be tested."""
    return Bed(servers)


@pytest.fixture
async def mail_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    """A real mail server, and the environment that makes this process send through it."""
    async with serve_mail() as mail:
        for name, value in mail.environment.items():
            monkeypatch.setenv(name, value)
        yield mail
