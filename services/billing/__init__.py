"""The billing service: what is asked of whom, by when, and what is still open of it.

Owns invoices and their items, credit notes, write-offs, late fees and their rules, the fees of
payment plans, the number series, income categories, the currency a customer is billed in, the
terms of an organization (default due date, due-soon window, daily bill runs), the clock of due
dates; plans with their prices, subscriptions, and the bill runs that make invoices of them;
brands, papers, deliveries by e-mail, statements.

Publishes invoice-issued, -voided, -credited, -written-off, -settled, -sent, -bounced;
invoices-billed and bill-run-finished; invoices-imported and debt-rows-applied for files;
invoice-due-soon, -due-today, -overdue when the organization's calendar says so.

Hears what customers says of organizations, customers and lines (projections); payments'
allocation-made and -reversed, payment-received, -refunded, -reversed, -charged-back;
collections' late-fee-ordered and plan-agreed (the fee of a payment plan); ingestion's
debt-rows-accepted.

Promises: what an issued invoice asks for never changes but by credit notes and write-offs, and
what is open of it is one equation (docs/money.md), stored once; numbers per organization and
series have no gap and no repeat; at most one late fee per invoice, rule and period; a
subscription is billed once for each of its periods, however often and in however many processes
a run is worked off; each open invoice is announced overdue once, whatever its date, whoever
issued it and however often the clock runs; overdue, partial and paid are derived, never stored.

Concepts import each other one way: customers, terms, numbering, accounts, categories <- clock <-
invoices <- credit_notes, write_offs, fees <- late_fees, figures, settlements (allocations) and
imports (debt rows of files); brands, invoices <- papers <- deliveries, statements, plan_fees;
invoices <- plans <- subscriptions <- proration <- bill_runs, which have what they bill delivered;
bill_runs <- voids (a period is billed again) and closings (what a cancelled subscription has not
used is credited).
"""
