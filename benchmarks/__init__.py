"""What Duesline's speed is measured by: each claim against its limit and the naive way."""
