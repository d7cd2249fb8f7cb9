"""Enforcement: facts in, lines judged under their customers' locks, orders out."""
