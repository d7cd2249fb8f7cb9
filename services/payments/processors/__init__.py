"""Card processors: a small port, its adapters, and what each organization has set up."""
