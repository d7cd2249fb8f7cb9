"""Deliver: brands, e-mail and statements."""

from alembic import op

revision, down_revision = "b4d9e3b6f103", "b3c4f2a8d902"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
