"""Decisions: the rule of what a line deserves, and the record of each time it was applied."""
