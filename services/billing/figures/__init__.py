"""Figures: what the invoices of a list come to, by status, by age, and as revenue."""
