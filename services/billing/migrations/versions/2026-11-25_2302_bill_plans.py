"""Plans: prices, subscriptions and bill runs."""

from alembic import op

revision, down_revision = "b3c4f2a8d902", "b2a0c1d7e301"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
