"""Describe: language, zone, area and tags of customers; essential lines."""

from alembic import op

revision, down_revision = "4d208b31cf52", "3c1f7a20be41"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
