"""Account: deposit accounts, adjustments, returns, settings."""

from alembic import op

revision, down_revision = "8e42dab1f501", "7d31c9e0a4f2"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
