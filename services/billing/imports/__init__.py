"""Open debts from files: pages of rows that become invoices issued at once."""
