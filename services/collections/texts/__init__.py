"""Texts: what a reminder says, in the customer's language and the organization's words."""
