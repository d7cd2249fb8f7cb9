"""Receipts: money by day, and lines that came back, kept small for figures."""
