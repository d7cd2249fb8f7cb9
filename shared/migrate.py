"""Alembic, driven by code: every service's env.py is `run("<service>")`.

A service's migrations run as its owner role, one deployment at a time (an advisory lock
makes the second wait), in one transaction per revision.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parent.parent
LOCK = 0x64756573  # "dues"


def _location(service: str) -> Path:
    package = ROOT / "gateway" if service == "gateway" else ROOT / "services" / service
    return package / "migrations"


def config(service: str, url: str | None = None) -> Config:
    """Alembic's configuration for one service, without an ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(_location(service)))
    settings.attributes["url"] = url
    return settings


def run(service: str) -> None:
    """The whole of a service's env.py: migrate over the URL given to `upgrade`."""
    url: str = context.config.attributes["url"]
    engine = sa.create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.pool.NullPool
    )
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()
    engine.dispose()


def upgrade(service: str, url: str, revision: str = "head") -> None:
    """Bring the database behind `url` to `revision`."""
    command.upgrade(config(service, url), revision)


def downgrade(service: str, url: str, revision: str = "base") -> None:
    """Take the database behind `url` back to `revision`."""
    command.downgrade(config(service, url), revision)


def head(service: str) -> str | None:
    """The newest revision in the tree."""
    return ScriptDirectory.from_config(config(service)).get_current_head()


async def current(connection: Any) -> str | None:
    """The revision a database is at; None before the first migration."""
    exists = await connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL AS it")
    if not (await exists.fetchone())["it"]:
        return None
    found = await connection.execute("SELECT version_num FROM alembic_version")
    row = await found.fetchone()
    return row["version_num"] if row else None
