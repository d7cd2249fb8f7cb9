"""Customers: the persons and firms that owe."""
