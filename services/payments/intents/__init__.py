"""Payments to be collected by a card processor: not money until it says so."""
