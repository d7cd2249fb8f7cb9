"""Debts: what is asked, paid and open of each invoice, as billing and payments said it."""
