"""Pausing by hand, and looking at everything that pauses."""
