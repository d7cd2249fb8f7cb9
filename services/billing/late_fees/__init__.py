"""Late fees: rules, and the invoices made by them, at most one per invoice, rule and period."""
