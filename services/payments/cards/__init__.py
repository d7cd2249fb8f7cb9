"""What card processors report, kept as facts, and the money that follows from the facts."""
