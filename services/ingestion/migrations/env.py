"""Alembic's entry: the ingestion database."""

from shared.migrate import run

run("ingestion")
