"""The safety stop: a mass of suspensions waits for two people before its first line."""
