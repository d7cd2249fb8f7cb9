"""Promises to pay: an amount by a day."""
