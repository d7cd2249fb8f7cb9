"""Subjects: whose debts count together, and what conditions may ask of them."""
