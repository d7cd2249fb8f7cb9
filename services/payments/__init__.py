"""Payments: money that comes in, what it is put against, and what is left over.

Owns payments, their allocations to invoices (signed and append-only), the account credit of
customers, and a double-entry journal of all of it. Knows the open invoices of billing as
receivables and the customers by id, each a projection.

Publishes payment-received, allocation-made, allocation-reversed, credit-changed. Hears
billing's invoice facts and the customers' facts.

Promises: a payment's amount is allocated or credited to the last minor unit at every
instant; no receivable is paid beyond its total, whoever pays at the same moment; a key
moves money once; every movement is journaled with debits equal to credits.
"""
