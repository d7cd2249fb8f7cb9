"""Payment plans: a debt and an agreed fee in instalments."""
