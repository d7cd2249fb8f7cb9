"""Every test of the repository may ask for real servers and services."""

pytest_plugins = ["shared.testing.plugin"]
