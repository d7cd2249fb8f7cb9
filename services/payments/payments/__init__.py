"""Money received, put against invoices or kept as credit, and its journal."""
