"""Alembic's entry point for the collections service."""

from shared.migrate import run

run("collections")
