"""Billing accounts: in which currency a customer is billed, if not in the organization's."""
