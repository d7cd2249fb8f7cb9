"""Pauses: what keeps debts from counting for a while, whoever granted it."""
