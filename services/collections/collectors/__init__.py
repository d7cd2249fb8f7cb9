"""Collectors: who works cases, how many at once, and for what commission."""
