"""How much came in lately: what a dashboard shows first."""
