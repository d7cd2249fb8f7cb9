"""Payments: money that comes in, where it is, and how it goes.

Owns payments, their allocations to invoices (signed and append-only), the account credit of
customers, refunds and other returns, deposit accounts, and a double-entry journal of all of
it; for cards the set-up of processors, the payments they are to collect, their webhooks and
disputes. Knows the issued invoices of billing as receivables and the customers by id, each a
projection.

Publishes payment-pending, -failed, -received, -refunded, -reversed, -charged-back and
-disputed, allocation-made, allocation-reversed, credit-changed. Hears billing's invoice facts
and the customers' facts.

Promises: a payment's amount is allocated, credited or returned to the last minor unit at
every instant; no receivable is paid beyond what may be paid on it, whoever pays at the same
moment; a key moves money once, and so does whatever a card processor tells, in any order and
however often; every movement is journaled with debits equal to credits.
"""
