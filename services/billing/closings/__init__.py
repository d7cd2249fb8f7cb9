"""Cancelled subscriptions are closed: what was billed ahead and not used is credited."""
