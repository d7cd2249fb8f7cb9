"""How many customers and lines an organization has: what a dashboard shows first."""
