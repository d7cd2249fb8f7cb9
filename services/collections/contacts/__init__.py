"""Contacts: when and how often a customer may be spoken to, and by which channel."""
