"""The collections service: who is suspended for what is owed, who comes back, and why.

Owns the policies of organizations (versions, never changed), the decisions, the orders given
for each line, the clock of grace days and the runs that judge an organization anew. Keeps,
as projections, what it must know of customers, lines and debts. Owns the desk: cases (episodes
of debt), collectors, the work queue, the timeline, contact rules, and what is agreed with
customers: promises, plans, offers, disputes.

Publishes line-suspension-ordered and line-reactivation-ordered: with the decision behind the
order, and a generation that counts the line's orders. Of the desk: case-opened, -stage-reached,
-cured; promise-, plan-, offer- and dispute- facts.

Hears billing's invoice-issued, -voided, -overdue and invoices-imported; payments'
allocation-made and -reversed; all that customers says of customers, lines and organizations.

Promises: what a line deserves is a function of its open debts, the policy and the day, never
of the order or number of events; nothing is ordered without a decision that says by which
debts and conditions; with nothing due no line stays ordered off once its payment is heard
(services.collections.enforcement.locks has the argument); one bad line stops no run.

Concepts import each other one way: policies, debts and lines (what is known) <- decisions
(the rule and its record) and activities <- collectors <- cases <- enforcement (judge, order)
<- clock and runs (judge many), pauses and status (show) <- contacts, timeline, queue and
agreements (the desk) <- promises, plans, offers, disputes. A changed policy asks for a run.

Beside them, and changing nothing of them: reminders (when a customer is told of an invoice,
once), texts (what is said), channels and deliveries (how it gets there); receipts (money by
day), analytics (figures) and exports (long lists as files).
"""
