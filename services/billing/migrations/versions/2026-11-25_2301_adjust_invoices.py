"""Adjust: what lowers an invoice, categories, late fees."""

from alembic import op

revision, down_revision = "b2a0c1d7e301", "b1f0c2d4a611"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
