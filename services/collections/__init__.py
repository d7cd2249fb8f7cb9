"""The collections service: who is suspended for what is owed, who comes back, and why.

Owns the policies of organizations (documents of stages; versions, never changed), exemptions,
pauses, how far each episode has climbed its policy's ladder, the decisions, the orders given
for each line, the clocks of due dates and of moments, the runs that judge an organization
anew, the safety stop before a mass of suspensions, and what-ifs over the recorded past. Keeps,
as projections, what it must know of customers, lines and debts, with the debts' history. Owns
the desk: cases (episodes of debt), collectors, the work queue, the timeline, contact rules,
and what is agreed with customers: promises, plans, offers, disputes.

Publishes line-suspension-ordered and line-reactivation-ordered: with the decision behind the
order, and a generation that counts the line's orders; late-fee-ordered for stages that charge
one. Of the desk: case-opened, -stage-reached, -cured; promise-, plan-, offer- and dispute-
facts.

Hears billing's invoice-issued, -voided, -credited, -written-off, -overdue, invoices-imported
and -billed; payments' allocation-made and -reversed, payment-pending, -failed and -received;
all that customers says of customers, lines and organizations.

Promises: what a line deserves is a function of its open debts, pauses, exemptions, the policy
and the day, never of the order or number of events; no stage comes before its distance from
the one before it; nothing is ordered without a decision that says by which debts and
conditions, and every decision can be made again from its record; with nothing due no line
stays ordered off once its payment is heard (services.collections.enforcement.locks has the
argument); one bad line stops no run.

Concepts import each other one way: policies, debts, lines, pauses, exemptions, stages, agenda
(what is known) <- decisions (the rule and its record) and activities <- subjects (whose debts
count together) <- collectors <- cases <- enforcement (judge, order) <- runs, safety, clock
(judge many), the operations of pauses and exemptions, status, why and whatif (show, try) <-
contacts, timeline, queue and agreements (the desk) <- openings, promises, plans, offers,
disputes, pausing (by hand). A changed policy asks for a run.

Beside them, and changing nothing of them: proof (everybody judged again, for `make verify`);
reminders (when a customer is told of an invoice, once, by the schedule of its segment; whatif
tries that too), texts (what is said), channels and deliveries (how it gets there); receipts
(money by day), analytics (figures) and exports (long lists as files).
"""
