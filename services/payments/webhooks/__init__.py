"""What card processors send: stored before it is answered, handled from the store."""
