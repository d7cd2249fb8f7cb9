"""Imports: pages of customers and lines out of files, applied as sets."""
