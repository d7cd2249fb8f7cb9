"""Cards: intents, processors, webhooks, disputes."""

from alembic import op

revision, down_revision = "9f53ebc2a602", "8e42dab1f501"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
