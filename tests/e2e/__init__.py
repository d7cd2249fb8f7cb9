"""The system as processes, seen through the gateway alone."""
