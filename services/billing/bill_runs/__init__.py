"""Bill runs: every subscription with a period to bill gets its invoice, once."""
