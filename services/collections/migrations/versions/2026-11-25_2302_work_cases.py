"""Desk: cases, collectors, queue, agreements."""

from alembic import op

revision, down_revision = "7d903f42e5c6", "6c8f2e31d4b5"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
