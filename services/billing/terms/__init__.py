"""The terms of an organization: when an invoice falls due by default, and what is "soon"."""
