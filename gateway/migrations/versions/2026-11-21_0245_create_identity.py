"""Create: users, their sessions, and the attempts to log in."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "a41d0c5be972", None
branch_labels = depends_on = None

USER: Final = """
CREATE TABLE app_user (
    id uuid PRIMARY KEY,
    organization_id uuid,
    version bigint NOT NULL DEFAULT 1,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    last_login_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_app_user_email UNIQUE (email),
    CONSTRAINT ck_app_user_email CHECK (email = lower(email) AND email LIKE '%_@_%'),
    CONSTRAINT ck_app_user_name CHECK (name <> ''),
    CONSTRAINT ck_app_user_role
        CHECK (role IN ('platform_admin', 'org_admin', 'clerk', 'collector', 'read_only')),
    CONSTRAINT ck_app_user_home CHECK ((role = 'platform_admin') = (organization_id IS NULL))
);
CREATE INDEX ix_app_user_organization_id_email ON app_user (organization_id, email);
"""

REFRESH_TOKEN: Final = """
CREATE TABLE refresh_token (
    hash bytea PRIMARY KEY,
    family_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    organization_id uuid,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    rotated_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT ck_refresh_token_life CHECK (issued_at < expires_at AND expires_at <= ends_at)
);
CREATE INDEX ix_refresh_token_family_id ON refresh_token (family_id);
CREATE INDEX ix_refresh_token_user_id ON refresh_token (user_id, expires_at);
"""

# Counted per e-mail and address before the password is looked at; only a hash of both is kept.
LOGIN_ATTEMPT: Final = """
CREATE TABLE login_attempt (
    key bytea PRIMARY KEY,
    attempts int NOT NULL,
    since timestamptz NOT NULL
);
CREATE INDEX ix_login_attempt_since ON login_attempt (since);
"""


def _protect(table: str) -> None:
    """As schema.protect, for rows that may belong to no organization.

    Those, and rows of any organization, are written in the scope of the platform: to log
    somebody in is to find a user before anybody knows which organization is theirs.
    """
    seen = "organization_id = (SELECT duesline_organization()) OR (SELECT duesline_platform())"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY organization ON {table} TO duesline_api USING ({seen}) WITH CHECK ({seen})"
    )
    op.execute(f"CREATE POLICY worker ON {table} TO duesline_worker USING (true)")


def upgrade() -> None:
    """Create everything; users of every organization share one table under row security."""
    schema.install(organizations=False)
    for statement in (USER, REFRESH_TOKEN, LOGIN_ATTEMPT):
        op.execute(statement)
    _protect("app_user")
    _protect("refresh_token")


def downgrade() -> None:
    """Drop everything."""
    op.execute("DROP TABLE login_attempt, refresh_token, app_user")
    schema.uninstall(organizations=False)
