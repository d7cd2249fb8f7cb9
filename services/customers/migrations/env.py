"""Alembic's entry point for the customers service."""

from shared.migrate import run

run("customers")
