"""Stages: how far each episode of debt has come along its policy's ladder."""
