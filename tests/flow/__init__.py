"""Timelines over all services at once, on one broker and five real databases."""
