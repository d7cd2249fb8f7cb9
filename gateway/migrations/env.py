"""Alembic's entry: the same for every service."""

from shared.migrate import run

run("gateway")
