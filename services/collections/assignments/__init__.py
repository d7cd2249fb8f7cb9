"""Assignments: many cases given at once, to named collectors or in turn."""
