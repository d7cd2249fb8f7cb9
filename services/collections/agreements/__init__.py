"""Agreements: money by a day. What promises, plans and offers have in common."""
