"""Alembic's entry point for the payments service."""

from shared.migrate import run

run("payments")
