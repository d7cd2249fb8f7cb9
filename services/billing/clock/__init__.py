"""The clock of due dates: when open invoices become due soon, due today, overdue.

Nothing is written on an invoice when its due date passes; what is overdue follows from the
date. The clock only announces, each invoice once per kind, by moving marks along the order
(due date, id). Whoever makes an invoice owed behind a mark announces it himself, under the
organization's clock lock, so that the sweep and he never both do, and never neither.
"""
