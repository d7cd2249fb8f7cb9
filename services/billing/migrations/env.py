"""Alembic's entry point for the billing service."""

from shared.migrate import run

run("billing")
