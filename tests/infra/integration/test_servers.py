"""Private servers survive what may befall them, on the ports they had."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aio_pika
import psycopg
import pytest

from deploy.local import infra
from deploy.local.infra import Infra

PROFILE = "durable"  # any name that is not `test`: flushed to disk like the real one
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infra]:
    with pytest.MonkeyPatch.context() as patch:
        folder: Path = tmp_path_factory.mktemp("state")
        patch.setenv("DUESLINE_STATE_DIR", str(folder))
        try:
            yield infra.ensure_up(PROFILE)
        finally:
            infra.broker_kill(PROFILE)
            infra.down(PROFILE)


def started(own: Infra) -> object:
    with psycopg.connect(own.postgres_url) as connection:
        return connection.execute("SELECT pg_postmaster_start_time()").fetchone()


def test_servers_that_run_are_found_again(own: Infra) -> None:
    began = started(own)

    assert infra.ensure_up(PROFILE) == own
    assert started(own) == began


def test_a_committed_row_survives_the_death_of_postgres(own: Infra) -> None:
    with psycopg.connect(own.postgres_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    killed = infra.status(PROFILE)["postgres"]["pid"]

    infra.postgres_kill(PROFILE)
    assert infra.status(PROFILE)["postgres"]["pid"] is None
    infra.postgres_start(PROFILE)

    assert infra.status(PROFILE)["postgres"]["pid"] not in (None, killed)
    with psycopg.connect(own.postgres_url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (1,)


async def test_a_confirmed_message_survives_the_death_of_the_broker(own: Infra) -> None:
    url = infra.create_vhost(own, "survival")
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.declare_queue("q", durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, "q", mandatory=True)
        # The broker flushes messages before it confirms, but the queue's own record a little later.
        await asyncio.sleep(1.5)
        infra.broker_kill(PROFILE)
    infra.broker_start(PROFILE)
    assert infra.describe(PROFILE) == own  # clients know no other port

    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("q", passive=True)
        found = await queue.get(timeout=20)

    assert found.body == b"kept"
    infra.delete_vhost(own, "survival")
    infra.delete_vhost(own, "survival")  # gone already: nothing happens
