"""Policies: what a line must owe, and for how long; versions that never change."""
