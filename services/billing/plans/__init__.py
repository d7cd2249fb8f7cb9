"""Plans: what is charged each month, quarter or year, and at which price from which day."""
