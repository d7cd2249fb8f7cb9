"""Departures: a customer who leaves, and what becomes of the lines."""
