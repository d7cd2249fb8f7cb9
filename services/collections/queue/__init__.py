"""The work queue: which case next, by a formula whose weights are data; leased to one at a time."""
