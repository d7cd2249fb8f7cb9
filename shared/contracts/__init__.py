"""The messages services exchange; consumers import the contract, never its producer."""
