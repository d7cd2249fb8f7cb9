"""Channels: the ways a message can reach a customer."""
