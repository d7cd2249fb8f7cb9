"""Disputes: an amount of an invoice that its customer says is not owed."""
