"""Openings: cases that a person begins, before or beside the policy."""
