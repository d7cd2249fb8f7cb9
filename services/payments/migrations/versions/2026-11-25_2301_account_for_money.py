"""Account: deposit accounts, adjustments, returns, settings."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "8e42dab1f501", "7d31c9e0a4f2"
branch_labels = depends_on = None

# What is open and what is recovered follow from four sums: total, credited, written off and
# allocated. Money beyond what is asked for can only be a recovery, up to the write-off, so the
# one CHECK is the whole equation. An adjustment heard before its invoice waits in a row without
# facts, as an annulment does.
RECEIVABLE: Final = """
DROP INDEX ix_receivable_open;
ALTER TABLE receivable
    DROP COLUMN open_minor,
    DROP CONSTRAINT ck_receivable_facts,
    DROP CONSTRAINT ck_receivable_allocated_minor,
    ADD COLUMN credited_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN written_off_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_receivable_facts
        CHECK (num_nulls(number, currency, total_minor, due_on) IN (0, 4)),
    ADD CONSTRAINT ck_receivable_adjustments
        CHECK (credited_minor >= 0 AND written_off_minor >= 0),
    ADD CONSTRAINT ck_receivable_allocated_minor
        CHECK (allocated_minor >= 0 AND (total_minor IS NOT NULL OR allocated_minor = 0)
               AND (voided OR allocated_minor + credited_minor <= total_minor));
ALTER TABLE receivable
    ADD COLUMN open_minor bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN voided OR total_minor IS NULL THEN 0 ELSE greatest(
            0, total_minor - credited_minor - written_off_minor - allocated_minor) END) STORED,
    ADD COLUMN recovered_minor bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN voided OR total_minor IS NULL THEN 0 ELSE greatest(
            0, allocated_minor + credited_minor + written_off_minor - total_minor) END) STORED;
CREATE INDEX ix_receivable_open ON receivable (organization_id, due_on, invoice_id)
    WHERE open_minor > 0;
"""
RECEIVABLE_AS_BEFORE: Final = """
DROP INDEX ix_receivable_open;
DELETE FROM receivable WHERE number IS NULL AND NOT voided;
ALTER TABLE receivable
    DROP COLUMN open_minor,
    DROP COLUMN recovered_minor,
    DROP CONSTRAINT ck_receivable_facts,
    DROP CONSTRAINT ck_receivable_adjustments,
    DROP CONSTRAINT ck_receivable_allocated_minor,
    DROP COLUMN credited_minor,
    DROP COLUMN written_off_minor,
    ADD CONSTRAINT ck_receivable_allocated_minor
        CHECK (allocated_minor BETWEEN 0 AND coalesce(total_minor, 0)),
    ADD CONSTRAINT ck_receivable_facts
        CHECK (voided OR num_nulls(number, currency, total_minor, due_on) = 0),
    ADD COLUMN open_minor bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN voided THEN 0 ELSE coalesce(total_minor, 0) - allocated_minor END) STORED;
CREATE INDEX ix_receivable_open ON receivable (organization_id, due_on, invoice_id)
    WHERE open_minor > 0;
"""

# A route says where money of a method lands when the payment names no account.
DEPOSITS: Final = """
CREATE TABLE deposit_account (
    id uuid PRIMARY KEY DEFAULT duesline_uuid7(),
    organization_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    currency text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT ck_deposit_account_kind CHECK (kind IN ('cash_desk', 'bank', 'processor')),
    CONSTRAINT uq_deposit_account_name UNIQUE (organization_id, name, currency)
);

CREATE TABLE deposit_route (
    organization_id uuid NOT NULL,
    currency text NOT NULL,
    method text NOT NULL,
    deposit_account_id uuid NOT NULL
        CONSTRAINT fk_deposit_route_deposit_account_id REFERENCES deposit_account (id),
    CONSTRAINT pk_deposit_route PRIMARY KEY (organization_id, currency, method),
    CONSTRAINT ck_deposit_route_method
        CHECK (method IN ('cash', 'card', 'bank_transfer', 'check', 'wallet', 'other'))
);
CREATE INDEX ix_deposit_route_deposit_account_id ON deposit_route (deposit_account_id);

CREATE TABLE deposit_transfer (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    from_account_id uuid
        CONSTRAINT fk_deposit_transfer_from_account_id REFERENCES deposit_account (id),
    to_account_id uuid
        CONSTRAINT fk_deposit_transfer_to_account_id REFERENCES deposit_account (id),
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    description text NOT NULL,
    booked_on date NOT NULL,
    reverses uuid CONSTRAINT fk_deposit_transfer_reverses REFERENCES deposit_transfer (id),
    recorded_at timestamptz NOT NULL,
    recorded_by uuid,
    CONSTRAINT ck_deposit_transfer_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_deposit_transfer_accounts CHECK (
        num_nonnulls(from_account_id, to_account_id) > 0
        AND from_account_id IS DISTINCT FROM to_account_id)
);
CREATE INDEX ix_deposit_transfer_booked_on ON deposit_transfer (organization_id, booked_on, id);
CREATE UNIQUE INDEX uq_deposit_transfer_reverses ON deposit_transfer (reverses)
    WHERE reverses IS NOT NULL;

CREATE TABLE deposit_balance (
    deposit_account_id uuid PRIMARY KEY
        CONSTRAINT fk_deposit_balance_deposit_account_id REFERENCES deposit_account (id),
    organization_id uuid NOT NULL,
    entry_id bigint NOT NULL,
    balance_minor bigint NOT NULL
);
"""

# No foreign keys to deposit_account: each payment would have to lock its account's row. The
# statements that write look the account up, and an invariant looks for strays.
PAYMENT: Final = """
ALTER TABLE payment
    ADD COLUMN deposit_account_id uuid,
    ADD COLUMN provider text;
ALTER TABLE journal_entry
    ADD COLUMN deposit_account_id uuid,
    ADD COLUMN memo text,
    ALTER COLUMN customer_id DROP NOT NULL,
    ALTER COLUMN payment_id DROP NOT NULL,
    DROP CONSTRAINT ck_journal_entry_account,
    ADD CONSTRAINT ck_journal_entry_account
        CHECK (account IN ('deposit', 'receivable', 'credit', 'opening'));
"""
KIND_OF_METHOD: Final = """
CASE WHEN method IN ('cash', 'check') THEN 'cash_desk'
     WHEN method IN ('card', 'wallet') THEN 'processor' ELSE 'bank' END"""
NAME_OF_KIND: Final = """
CASE kind WHEN 'cash_desk' THEN 'Cash desk' WHEN 'bank' THEN 'Bank' ELSE 'Card processor' END"""
LAND: Final = f"""
INSERT INTO deposit_account (organization_id, name, kind, currency, created_at)
SELECT organization_id, {NAME_OF_KIND}, kind, currency, now()
FROM (SELECT DISTINCT organization_id, currency, {KIND_OF_METHOD} AS kind FROM payment) AS used;
INSERT INTO deposit_route (organization_id, currency, method, deposit_account_id)
SELECT organization_id, currency, method, id
FROM (SELECT method, {KIND_OF_METHOD} AS kind
      FROM unnest(ARRAY['cash', 'card', 'bank_transfer', 'check', 'wallet', 'other']) AS method)
    AS known
JOIN deposit_account USING (kind);
UPDATE payment SET deposit_account_id = route.deposit_account_id
FROM deposit_route AS route
WHERE (route.organization_id, route.currency, route.method)
    = (payment.organization_id, payment.currency, payment.method);
UPDATE journal_entry SET deposit_account_id = payment.deposit_account_id
FROM payment WHERE payment.id = payment_id AND account = 'deposit';
"""
LANDED: Final = """
ALTER TABLE payment ALTER COLUMN deposit_account_id SET NOT NULL;
ALTER TABLE journal_entry ADD CONSTRAINT ck_journal_entry_deposit_account_id
    CHECK ((account = 'deposit') = (deposit_account_id IS NOT NULL));
CREATE INDEX ix_payment_amount_minor ON payment (organization_id, amount_minor, id);
CREATE INDEX ix_payment_reference ON payment (organization_id, lower(reference) text_pattern_ops)
    WHERE reference IS NOT NULL;
CREATE INDEX ix_journal_entry_deposit_account_id ON journal_entry (deposit_account_id, id)
    INCLUDE (amount_minor) WHERE deposit_account_id IS NOT NULL;
CREATE INDEX ix_journal_entry_booked_on ON journal_entry (organization_id, booked_on, id);
"""

RETURNS: Final = """
CREATE TABLE payment_return (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL CONSTRAINT fk_payment_return_payment_id REFERENCES payment (id),
    customer_id uuid NOT NULL,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    returned_on date NOT NULL,
    deposit_account_id uuid NOT NULL,
    provider_ref text,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid,
    CONSTRAINT ck_payment_return_kind CHECK (kind IN ('refund', 'reversal', 'chargeback')),
    CONSTRAINT ck_payment_return_amount_minor CHECK (amount_minor > 0)
);
CREATE INDEX ix_payment_return_payment_id ON payment_return (payment_id);
CREATE INDEX ix_payment_return_returned_on ON payment_return (organization_id, returned_on, id);
CREATE UNIQUE INDEX uq_payment_return_provider_ref
    ON payment_return (organization_id, kind, provider_ref) WHERE provider_ref IS NOT NULL;

ALTER TABLE credit_movement
    DROP CONSTRAINT ck_credit_movement_reason,
    ADD COLUMN return_id uuid
        CONSTRAINT fk_credit_movement_return_id REFERENCES payment_return (id),
    ADD CONSTRAINT ck_credit_movement_reason CHECK (
        CASE WHEN amount_minor > 0 THEN reason IN ('surplus', 'reversal')
             ELSE reason IN ('applied', 'returned') END);
"""

SETTINGS: Final = """
CREATE TABLE payment_settings (
    organization_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    surplus text NOT NULL,
    apply_credit_on_issue boolean NOT NULL,
    apply_credit_automatically boolean NOT NULL DEFAULT false,
    allocation_order text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT ck_payment_settings_surplus CHECK (surplus IN ('refuse', 'credit')),
    CONSTRAINT ck_payment_settings_allocation_order
        CHECK (allocation_order IN ('oldest_due', 'newest_due', 'smallest_open'))
);
"""

NEW_TABLES: Final = (
    "deposit_account",
    "deposit_route",
    "deposit_transfer",
    "deposit_balance",
    "payment_return",
    "payment_settings",
)
APPENDED_TABLES: Final = ("deposit_transfer", "payment_return")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(RECEIVABLE)
    op.execute(DEPOSITS)
    op.execute(PAYMENT)
    _append_only("DISABLE")
    op.execute(LAND)
    _append_only("ENABLE")
    for statement in (LANDED, RETURNS, SETTINGS):
        op.execute(statement)
    for table in NEW_TABLES:
        schema.protect(table)
    for table in APPENDED_TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION payments_append_only()"
        )


def downgrade() -> None:
    """Fails where money went ways that the schema before cannot tell."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "ALTER TABLE credit_movement DROP CONSTRAINT ck_credit_movement_reason,"
        " DROP COLUMN return_id, ADD CONSTRAINT ck_credit_movement_reason"
        " CHECK (reason IN ('surplus', 'reversal'))"
    )
    op.execute(
        "ALTER TABLE journal_entry DROP COLUMN deposit_account_id, DROP COLUMN memo,"
        " DROP CONSTRAINT ck_journal_entry_account, ADD CONSTRAINT ck_journal_entry_account"
        " CHECK (account IN ('deposit', 'receivable', 'credit')),"
        " ALTER COLUMN customer_id SET NOT NULL, ALTER COLUMN payment_id SET NOT NULL"
    )
    op.execute("DROP INDEX ix_journal_entry_booked_on, ix_payment_amount_minor")
    op.execute("DROP INDEX ix_payment_reference")
    op.execute("ALTER TABLE payment DROP COLUMN deposit_account_id, DROP COLUMN provider")
    op.execute(f"DROP TABLE {', '.join(reversed(NEW_TABLES))}")
    op.execute(RECEIVABLE_AS_BEFORE)


def _append_only(state: str) -> None:
    for table in ("payment", "journal_entry"):
        op.execute(f"ALTER TABLE {table} {state} TRIGGER append_only")
