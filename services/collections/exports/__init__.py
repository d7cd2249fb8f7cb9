"""Exports: long lists as CSV files, made by a worker and kept for a while."""
