"""Policy: documents with stages, pauses, exemptions, stops, what-ifs."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "6c8f2e31d4b5", "5b7e1d20c3a4"
branch_labels = depends_on = None

# A generated column cannot be given another expression, and its indexes go with it.
DEBT: Final = """
ALTER TABLE debt
    ADD COLUMN kind text NOT NULL DEFAULT 'charge',
    ADD COLUMN issued_on date,
    ADD COLUMN credited_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN written_off_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN adjustment_version bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_debt_kind CHECK (kind IN ('charge', 'late_fee', 'plan_fee')),
    ADD CONSTRAINT ck_debt_credited_minor CHECK (credited_minor >= 0),
    ADD CONSTRAINT ck_debt_written_off_minor CHECK (written_off_minor >= 0);
ALTER TABLE debt DROP COLUMN open_minor;
ALTER TABLE debt
    ADD COLUMN open_minor bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN voided OR total_minor IS NULL THEN 0
             ELSE greatest(0, total_minor - credited_minor - written_off_minor
                              - allocated_minor) END) STORED,
    ADD COLUMN recovered_minor bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN voided OR total_minor IS NULL THEN 0
             ELSE least(written_off_minor,
                        greatest(0, allocated_minor + credited_minor + written_off_minor
                                    - total_minor)) END) STORED;
CREATE INDEX ix_debt_open_customer ON debt (customer_id, line_id) WHERE open_minor > 0;
CREATE INDEX ix_debt_open_due_on ON debt (organization_id, due_on, invoice_id)
    WHERE open_minor >= 1;
CREATE INDEX ix_debt_open_without_line ON debt (organization_id, customer_id)
    WHERE open_minor > 0 AND line_id IS NULL;
CREATE INDEX ix_debt_issued_on ON debt USING brin ((coalesce(issued_on, due_on)));

CREATE TABLE debt_change (
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    kind text NOT NULL,
    version bigint NOT NULL,
    settled_minor bigint NOT NULL,
    on_day date NOT NULL,
    PRIMARY KEY (invoice_id, kind, version),
    CONSTRAINT ck_debt_change_kind CHECK (kind IN ('allocated', 'adjusted', 'voided'))
);
CREATE INDEX ix_debt_change_on_day ON debt_change (organization_id, on_day);
"""
DEBT_BEFORE: Final = """
DROP TABLE debt_change;
DROP INDEX ix_debt_issued_on;
ALTER TABLE debt DROP COLUMN open_minor;
ALTER TABLE debt ADD COLUMN open_minor bigint NOT NULL GENERATED ALWAYS AS (
    CASE WHEN voided OR total_minor IS NULL THEN 0
         ELSE total_minor - allocated_minor END) STORED;
ALTER TABLE debt DROP COLUMN kind, DROP COLUMN issued_on, DROP COLUMN credited_minor,
    DROP COLUMN written_off_minor, DROP COLUMN recovered_minor, DROP COLUMN adjustment_version;
CREATE INDEX ix_debt_open_customer ON debt (customer_id, line_id) WHERE open_minor > 0;
CREATE INDEX ix_debt_open_due_on ON debt (organization_id, due_on, invoice_id)
    WHERE open_minor >= 1;
"""

CUSTOMER_AND_LINE: Final = """
ALTER TABLE customer
    ADD COLUMN language text,
    ADD COLUMN time_zone text,
    ADD COLUMN area text,
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
ALTER TABLE line
    ADD COLUMN plan_name text,
    ADD COLUMN installed_on date,
    ADD COLUMN essential boolean NOT NULL DEFAULT false;
"""

# A pause whose end was heard of before its beginning starts at infinity.
PAUSE: Final = """
CREATE TABLE pause (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    invoice_id uuid,
    kind text NOT NULL,
    amount_minor bigint,
    from_on date NOT NULL,
    until_on date,
    expires_at timestamptz,
    restores boolean NOT NULL DEFAULT true,
    source_id uuid NOT NULL,
    reason text,
    created_at timestamptz NOT NULL,
    created_by uuid,
    ended_at timestamptz,
    ended_by uuid,
    CONSTRAINT ck_pause_reason CHECK (length(reason) <= 5000),
    CONSTRAINT ck_pause_kind
        CHECK (kind IN ('promise', 'plan', 'dispute', 'payment_in_flight', 'manual')),
    CONSTRAINT ck_pause_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_pause_until_on CHECK (until_on >= from_on),
    CONSTRAINT uq_pause_source UNIQUE (organization_id, kind, source_id)
);
CREATE INDEX ix_pause_customer ON pause (customer_id) WHERE ended_at IS NULL;
CREATE INDEX ix_pause_organization ON pause (organization_id, id);
CREATE INDEX ix_pause_kind ON pause (organization_id, kind, id);
CREATE INDEX ix_pause_of_customer ON pause (organization_id, customer_id, id);
CREATE INDEX ix_pause_standing ON pause (organization_id, id) WHERE ended_at IS NULL;

CREATE TABLE agenda (
    organization_id uuid NOT NULL,
    at timestamptz NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    line_key uuid NOT NULL GENERATED ALWAYS AS
        (coalesce(line_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED,
    PRIMARY KEY (organization_id, at, customer_id, line_key)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE exemption (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid,
    line_id uuid,
    area text,
    reason text NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL,
    revoked_at timestamptz,
    revoked_by uuid,
    CONSTRAINT ck_exemption_target CHECK (num_nonnulls(customer_id, line_id, area) = 1),
    CONSTRAINT ck_exemption_until_on CHECK (until_on >= from_on)
);
CREATE INDEX ix_exemption_organization ON exemption (organization_id, id);
CREATE INDEX ix_exemption_live ON exemption (organization_id) WHERE revoked_at IS NULL;
CREATE INDEX ix_exemption_customer ON exemption (customer_id)
    WHERE revoked_at IS NULL AND customer_id IS NOT NULL;
CREATE INDEX ix_exemption_line ON exemption (line_id)
    WHERE revoked_at IS NULL AND line_id IS NOT NULL;
CREATE INDEX ix_exemption_area ON exemption (organization_id, area)
    WHERE revoked_at IS NULL AND area IS NOT NULL;
"""

# `policy` has what is in force, version by version; `policy_document` how it came to be.
POLICY: Final = """
ALTER TABLE policy ADD COLUMN document json;
CREATE TABLE policy_document (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    document json NOT NULL,
    version bigint,
    revision bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    published_at timestamptz,
    published_by uuid,
    retired_at timestamptz,
    retired_by uuid,
    CONSTRAINT ck_policy_document_status CHECK (status IN ('draft', 'published', 'retired')),
    CONSTRAINT ck_policy_document_version CHECK (version IS NOT NULL OR status <> 'published'),
    CONSTRAINT uq_policy_document_version UNIQUE (organization_id, version)
);
CREATE UNIQUE INDEX uq_policy_document_published ON policy_document (organization_id)
    WHERE status = 'published';
CREATE INDEX ix_policy_document_organization ON policy_document (organization_id, id);
CREATE FUNCTION policy_document_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'draft' AND (NEW.document::text, NEW.name, NEW.version)
        IS DISTINCT FROM (OLD.document::text, OLD.name, OLD.version) THEN
        RAISE EXCEPTION 'a published policy never changes; write the next one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_document_is_immutable BEFORE UPDATE ON policy_document
    FOR EACH ROW EXECUTE FUNCTION policy_document_is_immutable();

CREATE TABLE ladder (
    subject_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    reached json NOT NULL,
    reached_on date NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_ladder_customer ON ladder (organization_id, customer_id);
"""

DECISION: Final = """
ALTER TABLE decision ADD COLUMN inputs json, ADD COLUMN stages text[];
"""

RUN: Final = """
ALTER TABLE run DROP CONSTRAINT ck_run_reason;
ALTER TABLE run ADD CONSTRAINT ck_run_reason
    CHECK (reason IN ('manual', 'policy', 'calendar', 'day', 'moment', 'import'));
ALTER TABLE run DROP CONSTRAINT ck_run_status;
ALTER TABLE run ADD CONSTRAINT ck_run_status
    CHECK (status IN ('pending', 'running', 'stopped', 'finished', 'dismissed'));
ALTER TABLE run
    ADD COLUMN for_day date,
    ADD COLUMN warned bigint NOT NULL DEFAULT 0,
    ADD COLUMN cleared boolean NOT NULL DEFAULT false;
DROP INDEX ix_run_unfinished;
CREATE INDEX ix_run_unfinished ON run (requested_at, id)
    WHERE status IN ('pending', 'running') AND reason NOT IN ('day', 'moment');
CREATE UNIQUE INDEX uq_run_day ON run (organization_id, reason, for_day)
    WHERE for_day IS NOT NULL;
CREATE INDEX ix_run_open ON run (organization_id) WHERE status IN ('pending', 'running', 'stopped');
ALTER TABLE assessment_clock
    ADD COLUMN run_id uuid,
    ADD COLUMN at_offset int,
    ADD COLUMN cleared boolean NOT NULL DEFAULT false;

CREATE TABLE safety_stop (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    run_id uuid NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    status text NOT NULL DEFAULT 'waiting',
    would_suspend bigint NOT NULL,
    lines_on bigint NOT NULL,
    usual bigint,
    limit_lines bigint NOT NULL,
    moved json NOT NULL,
    stopped_at timestamptz NOT NULL,
    first_released_by uuid,
    first_released_at timestamptz,
    released_by uuid,
    released_at timestamptz,
    dismissed_by uuid,
    dismissed_at timestamptz,
    CONSTRAINT ck_safety_stop_status
        CHECK (status IN ('waiting', 'half_released', 'released', 'dismissed')),
    CONSTRAINT ck_safety_stop_two_people CHECK (released_by <> first_released_by),
    CONSTRAINT uq_safety_stop_run UNIQUE (run_id)
);
CREATE INDEX ix_safety_stop_organization ON safety_stop (organization_id, id);
"""

WHAT_IF: Final = """
CREATE TABLE what_if (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    document json NOT NULL,
    policy_document_id uuid,
    from_on date NOT NULL,
    to_on date NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    customers bigint NOT NULL DEFAULT 0,
    customers_done bigint NOT NULL DEFAULT 0,
    after_customer_id uuid,
    summary json,
    error text,
    CONSTRAINT ck_what_if_status
        CHECK (status IN ('pending', 'running', 'finished', 'cancelled', 'failed')),
    CONSTRAINT ck_what_if_period CHECK (to_on >= from_on)
);
CREATE INDEX ix_what_if_organization ON what_if (organization_id, id);
CREATE INDEX ix_what_if_unfinished ON what_if (requested_at, id)
    WHERE status IN ('pending', 'running');

CREATE TABLE what_if_step (
    what_if_id uuid NOT NULL REFERENCES what_if (id) ON DELETE CASCADE,
    customer_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    stage_kind text NOT NULL,
    place int NOT NULL,
    organization_id uuid NOT NULL,
    line_id uuid,
    would_on date,
    did_on date,
    stage text,
    amount_minor bigint,
    PRIMARY KEY (what_if_id, customer_id, subject_id, stage_kind, place)
);
CREATE INDEX ix_what_if_step_difference ON what_if_step
    (what_if_id, stage_kind, customer_id, subject_id, place) WHERE would_on IS DISTINCT FROM did_on;
"""

TABLES: Final = (
    "debt_change",
    "pause",
    "agenda",
    "exemption",
    "policy_document",
    "ladder",
    "safety_stop",
    "what_if",
    "what_if_step",
)


def upgrade() -> None:
    """Widen what is known, and add what policies of stages need."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statements in (DEBT, CUSTOMER_AND_LINE, PAUSE, POLICY, DECISION, RUN, WHAT_IF):
        op.execute(statements)
    for table in TABLES:
        schema.protect(table)


def downgrade() -> None:
    """Take it all back; runs of kinds unknown before are forgotten."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE what_if_step, what_if, safety_stop")
    op.execute("DROP INDEX ix_run_unfinished, ix_run_open, uq_run_day")
    op.execute(
        "DELETE FROM run WHERE reason IN ('day', 'moment', 'import') OR status IN"
        " ('stopped', 'dismissed')"
    )
    op.execute(
        "ALTER TABLE run DROP CONSTRAINT ck_run_reason, DROP CONSTRAINT ck_run_status,"
        " DROP COLUMN for_day, DROP COLUMN warned, DROP COLUMN cleared"
    )
    op.execute(
        "ALTER TABLE run"
        " ADD CONSTRAINT ck_run_reason CHECK (reason IN ('manual', 'policy', 'calendar')),"
        " ADD CONSTRAINT ck_run_status"
        " CHECK (status IN ('pending', 'running', 'finished'))"
    )
    op.execute(
        "CREATE INDEX ix_run_unfinished ON run (requested_at, id) WHERE status <> 'finished'"
    )
    op.execute(
        "ALTER TABLE assessment_clock DROP COLUMN run_id, DROP COLUMN at_offset,"
        " DROP COLUMN cleared"
    )
    op.execute("ALTER TABLE decision DROP COLUMN inputs, DROP COLUMN stages")
    op.execute("DROP TABLE ladder, policy_document, exemption, agenda, pause")
    op.execute("DROP FUNCTION policy_document_is_immutable")
    op.execute("ALTER TABLE policy DROP COLUMN document")
    op.execute(
        "ALTER TABLE line DROP COLUMN plan_name, DROP COLUMN installed_on, DROP COLUMN essential"
    )
    op.execute(
        "ALTER TABLE customer DROP COLUMN language, DROP COLUMN time_zone,"
        " DROP COLUMN area, DROP COLUMN tags"
    )
    op.execute(DEBT_BEFORE)
