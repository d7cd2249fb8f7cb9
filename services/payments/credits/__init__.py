"""Account credit: money received and not allocated, per customer and currency."""
