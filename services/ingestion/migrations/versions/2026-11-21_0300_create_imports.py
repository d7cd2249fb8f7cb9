"""Create: files in pieces, import jobs, their pages, and the rows that were refused."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "b51c0d7e94a2", None
branch_labels = depends_on = None

# Pieces are written once and read in slices: EXTERNAL storage keeps them out of line and
# uncompressed, so that a slice is read without its whole piece.
FILES: Final = """
CREATE TABLE stored_file (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    byte_size bigint NOT NULL DEFAULT 0,
    digest text,
    created_at timestamptz NOT NULL DEFAULT now(),
    delete_after timestamptz,
    CONSTRAINT ck_stored_file_byte_size CHECK (byte_size >= 0),
    CONSTRAINT ck_stored_file_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_stored_file_complete CHECK (digest IS NOT NULL OR delete_after IS NOT NULL)
);
CREATE INDEX ix_stored_file_delete_after ON stored_file (delete_after)
    WHERE delete_after IS NOT NULL;

CREATE TABLE file_chunk (
    file_id uuid NOT NULL
        CONSTRAINT fk_file_chunk_file_id REFERENCES stored_file (id) ON DELETE CASCADE,
    no int NOT NULL,
    organization_id uuid NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (file_id, no)
);
ALTER TABLE file_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;
"""

JOBS: Final = """
CREATE TABLE import_job (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    file_name text NOT NULL,
    byte_size bigint NOT NULL,
    digest text NOT NULL,
    same_content_as uuid,
    currency text NOT NULL,
    uploaded_by uuid NOT NULL,
    uploaded_by_name text NOT NULL,
    status text NOT NULL DEFAULT 'uploaded',
    failure text,
    layout jsonb,
    warnings text[] NOT NULL DEFAULT '{}',
    next_offset bigint NOT NULL DEFAULT 0,
    next_line bigint NOT NULL DEFAULT 1,
    pages int NOT NULL DEFAULT 0,
    pages_answered int NOT NULL DEFAULT 0,
    bytes_answered bigint NOT NULL DEFAULT 0,
    rows bigint NOT NULL DEFAULT 0,
    rows_blank bigint NOT NULL DEFAULT 0,
    rows_refused bigint NOT NULL DEFAULT 0,
    customers_created bigint NOT NULL DEFAULT 0,
    customers_updated bigint NOT NULL DEFAULT 0,
    customers_unchanged bigint NOT NULL DEFAULT 0,
    invoices_created bigint NOT NULL DEFAULT 0,
    invoices_unchanged bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    postponed_to timestamptz,
    cancelled_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT ck_import_job_status CHECK
        (status IN ('uploaded', 'validating', 'applying', 'finished', 'cancelled', 'failed')),
    CONSTRAINT ck_import_job_failure CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CONSTRAINT ck_import_job_finished
        CHECK ((status IN ('finished', 'cancelled', 'failed')) = (finished_at IS NOT NULL)),
    CONSTRAINT ck_import_job_pages CHECK (pages_answered BETWEEN 0 AND pages),
    CONSTRAINT ck_import_job_rows CHECK (rows_refused BETWEEN 0 AND rows)
) WITH (fillfactor = 70);
CREATE INDEX ix_import_job_created_at ON import_job (organization_id, created_at, id);
CREATE INDEX ix_import_job_digest ON import_job (organization_id, digest, created_at);
CREATE INDEX ix_import_job_unread ON import_job (created_at)
    WHERE status IN ('uploaded', 'validating');
"""

# `debts` waits out of line for the customers' answer and is emptied when it came.
PAGES: Final = """
CREATE TABLE import_page (
    import_id uuid NOT NULL
        CONSTRAINT fk_import_page_import_id REFERENCES import_job (id) ON DELETE CASCADE,
    page int NOT NULL,
    organization_id uuid NOT NULL,
    start_offset bigint NOT NULL,
    end_offset bigint NOT NULL,
    first_line bigint NOT NULL,
    rows int NOT NULL,
    rows_blank int NOT NULL,
    rows_invalid int NOT NULL,
    rows_sent int NOT NULL,
    debts text,
    customers_at timestamptz,
    customers_created int NOT NULL DEFAULT 0,
    customers_updated int NOT NULL DEFAULT 0,
    customers_unchanged int NOT NULL DEFAULT 0,
    customers_refused int NOT NULL DEFAULT 0,
    debts_sent int NOT NULL DEFAULT 0,
    debts_at timestamptz,
    invoices_created int NOT NULL DEFAULT 0,
    invoices_unchanged int NOT NULL DEFAULT 0,
    invoices_refused int NOT NULL DEFAULT 0,
    answered boolean NOT NULL GENERATED ALWAYS AS (
        (rows_sent = 0 OR customers_at IS NOT NULL)
        AND (debts_sent = 0 OR debts_at IS NOT NULL)) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (import_id, page),
    CONSTRAINT ck_import_page_span CHECK (end_offset > start_offset),
    CONSTRAINT ck_import_page_rows CHECK (rows = rows_invalid + rows_sent),
    CONSTRAINT ck_import_page_debts CHECK (debts_sent <= rows_sent)
) WITH (fillfactor = 70);
ALTER TABLE import_page ALTER COLUMN debts SET STORAGE EXTERNAL;

CREATE TABLE row_error (
    import_id uuid NOT NULL
        CONSTRAINT fk_row_error_import_id REFERENCES import_job (id) ON DELETE CASCADE,
    line bigint NOT NULL,
    no int NOT NULL,
    organization_id uuid NOT NULL,
    source text NOT NULL,
    "column" text,
    message text NOT NULL,
    fields text[],
    PRIMARY KEY (import_id, line, no),
    CONSTRAINT ck_row_error_line CHECK (line >= 1),
    CONSTRAINT ck_row_error_source CHECK (source IN ('file', 'customers', 'billing'))
);
"""

PROTECTED: Final = ("stored_file", "file_chunk", "import_job", "import_page", "row_error")


def upgrade() -> None:
    """Build the whole schema."""
    schema.install()
    for statements in (FILES, JOBS, PAGES):
        op.execute(statements)
    for table in PROTECTED:
        schema.protect(table)


def downgrade() -> None:
    """Drop it again."""
    for table in reversed(PROTECTED):
        schema.unprotect(table)
    op.execute("DROP TABLE row_error, import_page, import_job, file_chunk, stored_file")
    schema.uninstall()
