"""What payments allocated to invoices: which are covered, and since when."""
