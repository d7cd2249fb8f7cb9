"""Subscriptions: who is charged for which plan, since when, and every change of that.

A subscription is a timeline of terms (plan, quantity, price, active or paused), each in
force from a day. What is charged for a period follows from the timeline alone; a change that
reaches back into periods already billed is made good with the next invoice.
"""
