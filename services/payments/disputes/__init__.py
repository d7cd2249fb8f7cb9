"""Payments that their payers dispute with the bank; one that is lost is charged back."""
