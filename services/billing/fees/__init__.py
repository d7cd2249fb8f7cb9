"""Fees: one thing asked for by an invoice of its own, issued as soon as it is judged."""
