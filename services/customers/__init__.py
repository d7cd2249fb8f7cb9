"""The customers service: who is served, over which lines, and what restricts a line.

Owns organizations (the tenants, with their currency, calendar and clock), customers, their
lines, the holds on lines, and the history of every line.

Publishes organization-changed; customer-registered, -updated, -deactivated, -reactivated;
line-registered, -updated, -activated, -suspended, -reactivated, -cancelled; and, for files,
customers-imported and customer-rows-applied. Each fact carries the whole new state and the
version of what it is about.

Hears collections' line-suspension-ordered and line-reactivation-ordered (they place and lift
the `non_payment` hold, newest generation first) and ingestion's customer-rows-accepted.

Promises: a line's status follows from its activation, its cancellation and its holds, and
from nothing else; nothing about a line changes without a person, a decision or a file
behind it in `line_history`; an order that has been overtaken changes nothing; the same
file twice changes nothing.

Concepts import each other one way: organizations <- customers <- lines <- departures
(a customer who leaves) and imports (rows of files).
"""
