"""Reminders and their delivery, exports."""

from alembic import op

revision, down_revision = "8ea14053f6d7", "7d903f42e5c6"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
