"""The naive way, as real code: one ORM transaction per event or row.

This is how most systems of this kind are written, and nothing in it is made slow on
purpose: the indexes are those of Duesline, the outbox is transactional, the consumer
acknowledges after its commit. What it lacks is batches.
"""
