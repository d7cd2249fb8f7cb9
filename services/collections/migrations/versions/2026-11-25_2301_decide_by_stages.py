"""Policy: documents with stages, pauses, exemptions, stops."""

from alembic import op

revision, down_revision = "6c8f2e31d4b5", "5b7e1d20c3a4"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
