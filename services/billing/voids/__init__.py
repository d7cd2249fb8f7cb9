"""Invoices are annulled; the period that one billed is billed again."""
