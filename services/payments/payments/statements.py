"""The SQL by which money comes in: who may pay what is decided under a row lock.

A statement has a head and a tail. The head locks, decides and claims the Idempotency-Key;
it yields `decided` (the payments that are to happen) and `share` (what each gives to which
invoice). The tail writes what follows from those two: payments, allocations, journal,
receivables, credit and events. Nothing is written for a payment that was not accepted or
whose key was taken, so the transaction may be committed unread.

READ COMMITTED is enough: amounts come from the locked rows alone, which PostgreSQL reads
in their newest version after it has waited for the lock. Receivables are locked in the
order of their ids everywhere, and before anything else.

Placeholders are numbered ($1, $2): a prepared statement that psycopg does not have to read.
"""

from typing import Final

SCOPE: Final = b"""
SELECT set_config('duesline.organization', $1, true),
       set_config('lock_timeout', '2s', true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('enable_seqscan', 'off', true)
"""
"""Scopes the transaction; plans once and by index, however small the tables are that day.

Who holds a receivable for long fails its payers, and nobody else behind them.
"""

ASK_COLUMNS: Final = (
    """
    payment_id uuid, amount_minor bigint, currency text, exponent int, amount text, method text,
    reference text, received_on date, recorded_by uuid, credit_surplus boolean,
    deposit_account_id uuid, provider text, key text, fingerprint bytea, traceparent text"""
    ""
)

HEADERS: Final = """jsonb_build_object(
               'content-type', 'application/json', 'location', '/payments/' || payment_id)"""

# Where the money lands: in the account the payment names, else where its method's money goes.
LANDING: Final = """
    LEFT JOIN deposit_account AS named
        ON named.id = ask.deposit_account_id AND named.organization_id = $2::uuid
        AND named.currency = ask.currency AND named.active
    LEFT JOIN deposit_route AS route
        ON route.organization_id = $2::uuid AND route.currency = ask.currency
        AND route.method = ask.method AND ask.deposit_account_id IS NULL"""

# $1 asks, $2 organization, $3 the instant, $4 the same as text.
# `received_on` defaults to today, by the organization's own clock and calendar; what to do
# with a surplus, to the organization's setting. Money may go beyond what is open as far as
# something was written off: `payable_minor` is what is still to come, given up or not.
INVOICES_HEAD: Final = f"""
WITH ask AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS ask(
        allocation_id uuid, invoice_id uuid,{ASK_COLUMNS})
), calendar AS (
    SELECT (($3::timestamptz + make_interval(secs => clock_offset_seconds))
            AT TIME ZONE time_zone)::date AS today
    FROM organization WHERE id = $2::uuid
), setting AS (
    SELECT surplus = 'credit' AS credit_surplus FROM payment_settings
    WHERE organization_id = $2::uuid
), locked AS MATERIALIZED (
    SELECT invoice_id, customer_id, line_id, number, currency, voided, allocated_minor,
           total_minor - credited_minor - written_off_minor AS asked_minor,
           CASE WHEN voided THEN 0 ELSE total_minor - credited_minor - allocated_minor END
               AS payable_minor, version
    FROM receivable
    WHERE organization_id = $2::uuid AND invoice_id = ANY (ARRAY(SELECT invoice_id FROM ask))
      AND (voided OR number IS NOT NULL)
    ORDER BY invoice_id
    FOR NO KEY UPDATE
), seen AS MATERIALIZED (
    SELECT payment_id, allocation_id, ask.invoice_id, ask.amount_minor, ask.currency, exponent,
           amount, ask.method, reference, recorded_by, key, fingerprint, traceparent, provider,
           today, coalesce(ask.received_on, today) AS booked_on, customer_id, line_id, number,
           locked.currency AS owed_in, voided, allocated_minor, asked_minor, payable_minor,
           locked.version, coalesce(named.id, route.deposit_account_id) AS landed_in,
           coalesce(ask.credit_surplus, setting.credit_surplus, false) AS credit_surplus,
           least(ask.amount_minor, payable_minor) AS applied_minor,
           ask.amount_minor - least(ask.amount_minor, payable_minor) AS credited_minor
    FROM ask LEFT JOIN calendar ON true LEFT JOIN setting ON true
    LEFT JOIN locked ON locked.invoice_id = ask.invoice_id{LANDING}
), accepted AS MATERIALIZED (
    SELECT * FROM seen
    WHERE NOT voided AND owed_in = currency AND booked_on <= today
      AND landed_in IS NOT NULL AND (credited_minor = 0 OR credit_surplus)
), answer AS MATERIALIZED (
    SELECT payment_id, json_build_object(
        'id', payment_id,
        'customer_id', customer_id,
        'status', 'succeeded',
        'amount', json_build_object('amount', amount, 'currency', currency),
        'allocated', json_build_object('amount', applied, 'currency', currency),
        'credited', json_build_object('amount', credited, 'currency', currency),
        'returned', json_build_object('amount', nothing, 'currency', currency),
        'method', method,
        'reference', reference,
        'deposit_account_id', landed_in,
        'provider', provider,
        'received_on', booked_on,
        'recorded_at', $4::text,
        'recorded_by', recorded_by,
        'allocations', CASE WHEN applied_minor = 0 THEN '[]'::json ELSE json_build_array(
            json_build_object(
                'id', allocation_id,
                'invoice_id', invoice_id,
                'number', number,
                'amount', json_build_object('amount', applied, 'currency', currency),
                'reverses', NULL,
                'made_at', $4::text)) END,
        'returns', '[]'::json)::text AS body
    FROM accepted, LATERAL (
        SELECT round(applied_minor / 10::numeric ^ exponent, exponent)::text AS applied,
               round(credited_minor / 10::numeric ^ exponent, exponent)::text AS credited,
               round(0::numeric, exponent)::text AS nothing) AS text
), claim AS (
    INSERT INTO idempotency_key
        (organization_id, key, fingerprint, status, headers, body, created_at)
    SELECT $2::uuid, key, fingerprint, 201, {HEADERS}, convert_to(body, 'UTF8'),
           $3::timestamptz
    FROM accepted JOIN answer USING (payment_id)
    ON CONFLICT DO NOTHING
    RETURNING key
), decided AS MATERIALIZED (
    SELECT payment_id, customer_id, amount_minor, currency, method, reference, booked_on,
           recorded_by, credited_minor, landed_in, provider, traceparent
    FROM accepted JOIN claim USING (key)
), share AS MATERIALIZED (
    SELECT allocation_id, payment_id, invoice_id, customer_id, line_id, booked_on, traceparent,
           currency, applied_minor, allocated_minor + applied_minor AS allocated_minor,
           asked_minor, version + 1 AS version
    FROM accepted JOIN claim USING (key)
    WHERE applied_minor > 0
)"""

# $1 the ask, $2 organization, $3 the instant, $4 the answer, $5 the shares its rule decided.
# The receivables are locked by this transaction already.
CUSTOMER_HEAD: Final = f"""
WITH ask AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS ask(
        customer_id uuid, credited_minor bigint, booked_on date,{ASK_COLUMNS})
), claim AS (
    INSERT INTO idempotency_key
        (organization_id, key, fingerprint, status, headers, body, created_at)
    SELECT $2::uuid, key, fingerprint, 201, {HEADERS}, convert_to($4::text, 'UTF8'),
           $3::timestamptz
    FROM ask
    ON CONFLICT DO NOTHING
    RETURNING key
), decided AS MATERIALIZED (
    SELECT payment_id, customer_id, amount_minor, currency, method, reference, booked_on,
           recorded_by, credited_minor, deposit_account_id AS landed_in, provider, traceparent
    FROM ask JOIN claim USING (key)
), share AS MATERIALIZED (
    SELECT allocation_id, payment_id, invoice_id, receivable.customer_id, line_id, booked_on,
           traceparent, decided.currency, applied_minor,
           allocated_minor + applied_minor AS allocated_minor,
           total_minor - receivable.credited_minor - written_off_minor AS asked_minor,
           version + 1 AS version
    FROM decided, json_to_recordset($5::json) AS part(
        allocation_id uuid, invoice_id uuid, applied_minor bigint)
    JOIN receivable USING (invoice_id)
)"""

# Allocations are said first: a line may wait for one. But what came through a processor has had
# its debts paused until it is received, and that is said before they are taken away.
TAIL: Final = """
, paid AS (
    INSERT INTO payment (id, organization_id, customer_id, amount_minor, currency, method,
                         reference, received_on, recorded_at, recorded_by, deposit_account_id,
                         provider)
    SELECT payment_id, $2::uuid, customer_id, amount_minor, currency, method,
           reference, booked_on, $3::timestamptz, recorded_by, landed_in, provider
    FROM decided
), allocated AS (
    INSERT INTO allocation (id, organization_id, payment_id, invoice_id, amount_minor, made_at)
    SELECT allocation_id, $2::uuid, payment_id, invoice_id, applied_minor, $3::timestamptz
    FROM share
), lowered AS (
    UPDATE receivable
    SET allocated_minor = share.allocated_minor, version = share.version
    FROM share WHERE receivable.invoice_id = share.invoice_id
), posted AS (
    INSERT INTO journal_entry (organization_id, posting_id, account, amount_minor, currency,
                               customer_id, payment_id, invoice_id, deposit_account_id,
                               booked_on, recorded_at)
    SELECT $2::uuid, payment_id, account, amount, currency, customer_id, payment_id, invoice_id,
           landed_in, booked_on, $3::timestamptz
    FROM (
        SELECT payment_id, 'deposit' AS account, amount_minor AS amount, currency, customer_id,
               NULL::uuid AS invoice_id, landed_in, booked_on
        FROM decided
        UNION ALL
        SELECT payment_id, 'receivable', -applied_minor, currency, customer_id, invoice_id,
               NULL, booked_on
        FROM share
        UNION ALL
        SELECT payment_id, 'credit', -credited_minor, currency, customer_id, NULL, NULL, booked_on
        FROM decided WHERE credited_minor > 0
    ) AS entry
), credited AS (
    INSERT INTO account_credit (organization_id, customer_id, currency, balance_minor, grown_at)
    SELECT $2::uuid, customer_id, currency, sum(credited_minor), $3::timestamptz
    FROM decided WHERE credited_minor > 0
    GROUP BY customer_id, currency ORDER BY customer_id, currency
    ON CONFLICT (organization_id, customer_id, currency) DO UPDATE
    SET balance_minor = account_credit.balance_minor + excluded.balance_minor,
        version = account_credit.version + 1, grown_at = excluded.grown_at
    RETURNING customer_id, currency, balance_minor, version
), moved AS (
    INSERT INTO credit_movement (organization_id, customer_id, currency, amount_minor, reason,
                                 payment_id, moved_at)
    SELECT $2::uuid, customer_id, currency, credited_minor, 'surplus', payment_id,
           $3::timestamptz
    FROM decided WHERE credited_minor > 0
), announced AS (
    INSERT INTO outbox (type, organization_id, subject, version, traceparent, data)
    SELECT type, $2::uuid, subject, version, traceparent, data
    FROM (
        SELECT 'payments.payment-received.v1' AS type, payment_id::text AS subject,
               1::bigint AS version, traceparent,
               json_build_object(
                   'payment_id', payment_id, 'customer_id', customer_id,
                   'amount_minor', amount_minor, 'currency', currency, 'method', method,
                   'reference', reference, 'received_on', booked_on,
                   'credited_minor', credited_minor, 'deposit_account_id', landed_in,
                   'provider', provider)::text AS data,
               CASE WHEN provider IS NULL THEN 2 ELSE 0 END AS turn
        FROM decided
        UNION ALL
        SELECT 'payments.allocation-made.v1', invoice_id::text, version, traceparent,
               json_build_object(
                   'allocation_id', allocation_id, 'payment_id', payment_id,
                   'invoice_id', invoice_id, 'customer_id', customer_id, 'line_id', line_id,
                   'amount_minor', applied_minor, 'currency', currency, 'received_on', booked_on,
                   'allocated_minor', allocated_minor,
                   'open_minor', greatest(0, asked_minor - allocated_minor),
                   'recovered_minor', greatest(0, allocated_minor - asked_minor),
                   'receivable_version', version)::text, 1
        FROM share
        UNION ALL
        SELECT 'payments.credit-changed.v1', credited.customer_id::text, version,
               (SELECT min(traceparent) FROM decided
                WHERE decided.customer_id = credited.customer_id AND credited_minor > 0),
               json_build_object(
                   'customer_id', customer_id, 'currency', currency,
                   'balance_minor', balance_minor, 'version', version)::text, 3
        FROM credited
    ) AS said ORDER BY turn
)"""

PAY_INVOICES: Final = f"""{INVOICES_HEAD}{TAIL}
SELECT seen.payment_id, today, seen.customer_id, owed_in, voided, payable_minor,
       credit_surplus, seen.landed_in, decided.payment_id IS NOT NULL AS recorded, body
FROM seen LEFT JOIN answer USING (payment_id) LEFT JOIN decided USING (payment_id)
""".encode()

PAY_CUSTOMER: Final = f"""{CUSTOMER_HEAD}{TAIL}
SELECT count(*) = 1 AS recorded FROM claim
""".encode()
