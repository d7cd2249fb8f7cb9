"""The tables every service has, and the row-level security its own tables get.

For migrations only. The first migration of a service calls `install`; each table that
belongs to an organization is given to `protect`. Three group roles exist in the cluster
(deploy.provision): `duesline_owner` runs migrations, `duesline_api` sees the one
organization its transaction is scoped to, `duesline_worker` serves all organizations.
"""

from typing import Final

from alembic import op

FUNCTIONS: Final = """
CREATE FUNCTION duesline_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('duesline.organization', true), '')::uuid $$;

CREATE FUNCTION duesline_platform() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(current_setting('duesline.platform', true), '') = 'on' $$;

-- RFC 9562 version 7: 48 bits of Unix milliseconds, then the random bits of a version 4.
CREATE FUNCTION duesline_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    SELECT encode(
        set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
            substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
            FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;
"""

OUTBOX: Final = """
CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL DEFAULT duesline_uuid7(),
    type text NOT NULL,
    organization_id uuid NOT NULL,
    subject text NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    causation_id uuid,
    traceparent text,
    data text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0);

CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_insert_scale_factor = 0.5);
CREATE INDEX ix_inbox_received_at ON inbox USING brin (received_at);

CREATE TABLE dead_letter (
    id uuid PRIMARY KEY,
    event_id uuid,
    type text,
    organization_id uuid,
    body bytea NOT NULL,
    headers jsonb NOT NULL DEFAULT '{}',
    reason text NOT NULL,
    error text NOT NULL,
    attempts int NOT NULL,
    traceparent text,
    died_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'dead',
    decided_at timestamptz,
    decided_by text,
    note text,
    CONSTRAINT ck_dead_letter_state CHECK (state IN ('dead', 'replaying', 'replayed', 'discarded'))
);
CREATE INDEX ix_dead_letter_state ON dead_letter (state, id);
"""

REQUESTS_AND_TIMERS: Final = """
CREATE TABLE idempotency_key (
    organization_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status int NOT NULL,
    headers jsonb NOT NULL DEFAULT '{}',
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, key)
);
CREATE INDEX ix_idempotency_key_created_at ON idempotency_key USING brin (created_at);

CREATE TABLE timer_run (
    timer text PRIMARY KEY,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    changed bigint NOT NULL DEFAULT 0,
    runs bigint NOT NULL DEFAULT 0,
    error text
) WITH (fillfactor = 50);

CREATE TABLE projection_rebuild (
    id uuid PRIMARY KEY,
    projection text NOT NULL,
    state text NOT NULL DEFAULT 'requested',
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    events bigint NOT NULL DEFAULT 0,
    error text,
    CONSTRAINT ck_projection_rebuild_state
        CHECK (state IN ('requested', 'running', 'finished', 'failed'))
);
"""

ORGANIZATION: Final = """
CREATE TABLE organization (
    id uuid PRIMARY KEY,
    organization_id uuid GENERATED ALWAYS AS (id) STORED,
    version bigint NOT NULL,
    name text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    time_zone text NOT NULL,
    locale text NOT NULL,
    sandbox boolean NOT NULL,
    clock_offset_seconds bigint NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true
);
"""


def install(organizations: bool = True) -> None:
    """Create the tables and functions every service has.

    `organizations=False` leaves out the projection of organizations: for the service that
    owns them.
    """
    op.execute(FUNCTIONS)
    op.execute(OUTBOX)
    op.execute(REQUESTS_AND_TIMERS)
    protect("idempotency_key")
    if organizations:
        op.execute(ORGANIZATION)
        protect("organization")


def uninstall(organizations: bool = True) -> None:
    """Drop what `install` created."""
    if organizations:
        op.execute("DROP TABLE organization")
    op.execute(
        "DROP TABLE projection_rebuild, timer_run, idempotency_key, dead_letter, inbox, outbox"
    )
    op.execute("DROP FUNCTION duesline_uuid7, duesline_platform, duesline_organization")


def protect(table: str) -> None:
    """Let the api role see and write only the rows of the transaction's organization."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY organization ON {table} TO duesline_api"
        " USING (organization_id = (SELECT duesline_organization())"
        " OR (SELECT duesline_platform()))"
        " WITH CHECK (organization_id = (SELECT duesline_organization()))"
    )
    op.execute(f"CREATE POLICY worker ON {table} TO duesline_worker USING (true)")


def unprotect(table: str) -> None:
    """Undo `protect`."""
    op.execute(f"DROP POLICY worker ON {table}")
    op.execute(f"DROP POLICY organization ON {table}")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
