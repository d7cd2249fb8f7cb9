"""Files as they arrive: stored in pieces, read back as records with their line numbers.

Knows nothing of what a file is for; `imports` gives its rows a meaning.
"""
