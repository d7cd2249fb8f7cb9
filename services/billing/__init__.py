"""The billing service: what is asked of whom, by when, and what is still open of it.

Owns invoices and their items, the number series, the terms of an organization (default due
date, due-soon window, daily bill runs), the clock of due dates; plans with their prices,
subscriptions, and the bill runs that make invoices of them.

Publishes invoice-issued, -voided, -settled; invoices-billed and bill-run-finished;
invoices-imported and debt-rows-applied for files; invoice-due-soon, -due-today, -overdue when the
organization's calendar says so.

Hears what customers says of organizations, customers and lines (projections); payments'
allocation-made and -reversed; ingestion's debt-rows-accepted.

Promises: an issued invoice never changes but for what was allocated to it, and being voided;
numbers per organization and series have no gap and no repeat; a subscription is billed once
for each of its periods, however often and in however many processes a run is worked off;
each open invoice is announced overdue once, whatever its date, whoever issued it and however
often the clock runs; overdue, partial and paid are derived, never stored.

Concepts import each other one way: customers, terms, numbering <- clock <- invoices <-
settlements (allocations) and imports (debt rows of files); invoices <- plans <- subscriptions
<- proration <- bill_runs.
"""
