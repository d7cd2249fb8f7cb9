"""Proof: everybody judged again by today's facts, to find who is not as the rules say."""
