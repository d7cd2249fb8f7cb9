"""How money that is here already moves: between invoices, account credit and the way out.

Three moves are all there is. An allocation is taken back whole and its money becomes account
credit (`release`); account credit of a payment is put against an invoice (`apply`); account
credit of a payment leaves from a deposit account (`pay_out`). What looks like more (giving a
part back, moving money between invoices, a credit note on a paid invoice) is made of these, so
each is journaled and announced alike, and a payment's amount is allocated, credit or returned
after each.

One order of locks keeps all of it free of deadlocks: first the customers (an advisory lock per
customer, `store.lock_customers`), then receivables by id, then rows of account credit, by
customer. Whoever changes what became of money already received holds the customer; nobody
else can change a payment's allocations or its credit meanwhile. Taking new money does not: it
locks the receivables it pays and adds to the account credit, in that order, and adds payments
that nobody else knows of yet.
"""
