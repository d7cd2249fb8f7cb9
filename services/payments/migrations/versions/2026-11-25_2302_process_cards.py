"""Cards: intents, processors, webhooks, disputes."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "9f53ebc2a602", "8e42dab1f501"
branch_labels = depends_on = None

# What ends in `_sealed` is encrypted by the process (vault.py); the database never sees it.
PROCESSOR: Final = """
CREATE TABLE processor (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    provider text NOT NULL,
    publishable_key text,
    secret_key_sealed bytea NOT NULL,
    webhook_secret_sealed bytea NOT NULL,
    previous_webhook_secret_sealed bytea,
    previous_until timestamptz,
    active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT ck_processor_provider CHECK (provider IN ('stripe', 'local')),
    CONSTRAINT ck_processor_previous CHECK
        ((previous_webhook_secret_sealed IS NULL) = (previous_until IS NULL)),
    CONSTRAINT uq_processor_provider UNIQUE (organization_id, provider)
);
CREATE UNIQUE INDEX uq_processor_active ON processor (organization_id) WHERE active;
"""

# The id is the payment's to be. `status_final`, `status_at` and the status itself say, in
# this order, which of two reports is kept (cards/rules.py).
INTENT: Final = """
CREATE TABLE payment_intent (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    invoice_id uuid,
    line_id uuid,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    method text NOT NULL,
    provider text NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint bytea NOT NULL,
    provider_intent_id text,
    status text NOT NULL DEFAULT 'preparing',
    status_at timestamptz NOT NULL,
    received_minor bigint,
    reason text,
    asked_on date NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    expires_at timestamptz,
    recorded boolean NOT NULL DEFAULT false,
    set_aside text,
    looked_at timestamptz,
    traceparent text,
    shown boolean NOT NULL GENERATED ALWAYS AS
        (NOT recorded AND provider_intent_id IS NOT NULL) STORED,
    under_way text NOT NULL GENERATED ALWAYS AS
        (CASE WHEN status IN ('failed', 'cancelled') THEN status ELSE 'pending' END) STORED,
    CONSTRAINT ck_payment_intent_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_payment_intent_received_minor CHECK (received_minor > 0),
    CONSTRAINT ck_payment_intent_method CHECK (method IN ('card', 'wallet')),
    CONSTRAINT ck_payment_intent_status CHECK (status IN
        ('preparing', 'created', 'processing', 'failed', 'cancelled', 'succeeded')),
    CONSTRAINT ck_payment_intent_received
        CHECK ((status = 'succeeded') = (received_minor IS NOT NULL)),
    CONSTRAINT ck_payment_intent_recorded CHECK (status = 'succeeded' OR NOT recorded),
    CONSTRAINT uq_payment_intent_key UNIQUE (organization_id, idempotency_key),
    CONSTRAINT uq_payment_intent_provider_intent_id
        UNIQUE (organization_id, provider, provider_intent_id)
) WITH (fillfactor = 80);
CREATE INDEX ix_payment_intent_asked_on ON payment_intent (organization_id, asked_on, id);
CREATE INDEX ix_payment_intent_customer_id ON payment_intent (organization_id, customer_id, id);
CREATE INDEX ix_payment_intent_invoice_id ON payment_intent (organization_id, invoice_id)
    WHERE invoice_id IS NOT NULL;
CREATE INDEX ix_payment_intent_unfinished ON payment_intent (coalesce(looked_at, created_at))
    WHERE status IN ('preparing', 'created', 'processing', 'failed');
CREATE INDEX ix_payment_intent_asked_about ON payment_intent (id)
    WHERE looked_at = 'epoch';
CREATE INDEX ix_payment_intent_unrecorded ON payment_intent (id)
    WHERE status = 'succeeded' AND NOT recorded AND set_aside IS NULL;
"""

REFUND: Final = """
CREATE TABLE card_refund (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL
        CONSTRAINT fk_card_refund_payment_id REFERENCES payment_intent (id),
    provider text NOT NULL,
    provider_refund_id text,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    status_at timestamptz NOT NULL,
    failure text,
    created_at timestamptz NOT NULL,
    created_by uuid,
    returned boolean NOT NULL DEFAULT false,
    set_aside text,
    looked_at timestamptz,
    CONSTRAINT ck_card_refund_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_card_refund_status CHECK (status IN ('pending', 'succeeded', 'failed')),
    CONSTRAINT uq_card_refund_provider_refund_id
        UNIQUE (organization_id, provider, provider_refund_id)
);
CREATE INDEX ix_card_refund_payment_id ON card_refund (payment_id);
CREATE INDEX ix_card_refund_created_at ON card_refund (organization_id, created_at, id);
CREATE INDEX ix_card_refund_pending ON card_refund (coalesce(looked_at, created_at))
    WHERE status = 'pending';
CREATE INDEX ix_card_refund_unreturned ON card_refund (id)
    WHERE status = 'succeeded' AND NOT returned AND set_aside IS NULL;
"""

DISPUTE: Final = """
CREATE TABLE card_dispute (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL
        CONSTRAINT fk_card_dispute_payment_id REFERENCES payment_intent (id),
    customer_id uuid NOT NULL,
    provider text NOT NULL,
    provider_dispute_id text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL DEFAULT 'open',
    status_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    returned boolean NOT NULL DEFAULT false,
    set_aside text,
    CONSTRAINT ck_card_dispute_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_card_dispute_status CHECK (status IN ('open', 'won', 'lost')),
    CONSTRAINT uq_card_dispute_provider_dispute_id
        UNIQUE (organization_id, provider, provider_dispute_id)
);
CREATE INDEX ix_card_dispute_opened_at ON card_dispute (organization_id, opened_at, id);
CREATE INDEX ix_card_dispute_payment_id ON card_dispute (payment_id);
CREATE INDEX ix_card_dispute_unreturned ON card_dispute (id)
    WHERE status = 'lost' AND NOT returned AND set_aside IS NULL;
"""

# `body` is what was signed, byte for byte. An event id is unique within its organization
# only: who signs with one organization's secret cannot take another's ids.
EVENT: Final = """
CREATE TABLE provider_event (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    provider text NOT NULL,
    provider_event_id text NOT NULL,
    type text NOT NULL,
    body bytea NOT NULL,
    state text NOT NULL DEFAULT 'stored',
    reason text,
    attempts int NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    handled_at timestamptz,
    CONSTRAINT ck_provider_event_state
        CHECK (state IN ('stored', 'handled', 'ignored', 'set_aside')),
    CONSTRAINT uq_provider_event_provider_event_id
        UNIQUE (organization_id, provider, provider_event_id)
) WITH (fillfactor = 80);
CREATE INDEX ix_provider_event_stored ON provider_event (next_try_at, id) WHERE state = 'stored';
CREATE INDEX ix_provider_event_received_at ON provider_event (organization_id, received_at, id);
CREATE INDEX ix_provider_event_state ON provider_event (organization_id, state, id);
CREATE INDEX ix_provider_event_set_aside ON provider_event (id) WHERE state = 'set_aside';
CREATE INDEX ix_provider_event_handled_at ON provider_event (handled_at)
    WHERE state IN ('handled', 'ignored');
"""

# What the local test processor knows: as remote to us as any other processor's database.
LOCAL: Final = """
CREATE TABLE local_processor_object (
    id text NOT NULL,
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    of_intent text NOT NULL,
    facts jsonb NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX ix_local_processor_object_of_intent
    ON local_processor_object (organization_id, of_intent);
"""

# Payments that are money, and those that a processor was asked to collect and has not (yet):
# wherever `shown`. The branches have plain columns and no conditions of their own, else
# PostgreSQL would not merge their indexes into the order of a list.
SHOWN: Final = """
CREATE INDEX ix_payment_intent_shown ON payment_intent (organization_id, asked_on, id)
    WHERE shown;
CREATE INDEX ix_payment_intent_amount_minor ON payment_intent (organization_id, amount_minor, id)
    WHERE shown;
CREATE VIEW payment_shown WITH (security_invoker = true) AS
SELECT id, organization_id, customer_id, amount_minor, currency, method, reference, received_on,
       recorded_at, recorded_by, deposit_account_id, provider, true AS shown,
       NULL::text AS under_way
FROM payment
UNION ALL
SELECT id, organization_id, customer_id, amount_minor, currency, method, provider_intent_id,
       asked_on, created_at, created_by, NULL::uuid, provider, shown, under_way
FROM payment_intent;
"""

OWN_TABLES: Final = (
    "processor",
    "payment_intent",
    "card_refund",
    "card_dispute",
    "provider_event",
    "local_processor_object",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (PROCESSOR, INTENT, REFUND, DISPUTE, EVENT, LOCAL, SHOWN):
        op.execute(statement)
    for table in OWN_TABLES:
        schema.protect(table)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP VIEW payment_shown")
    op.execute(f"DROP TABLE {', '.join(reversed(OWN_TABLES))}")
