"""Deliveries: reminders on their way to customers outside, and how each fared."""
