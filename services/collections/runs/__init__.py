"""Runs: everybody who owes or is off judged anew, on demand or for a new policy."""
