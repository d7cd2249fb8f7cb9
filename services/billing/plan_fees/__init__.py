"""Fees of payment plans: what collections agreed on top of a debt is asked for, once."""
