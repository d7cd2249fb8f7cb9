"""Why: in plain words, why a line is or is not suspended now, and what would change it."""
