"""Proration: what the served days of a period cost, and what is to be made good of it."""
