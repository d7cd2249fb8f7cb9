"""The clock of grace days: what time alone brings about."""
