"""Reminders: what customers are told of their invoices, each once, and their inbox."""
