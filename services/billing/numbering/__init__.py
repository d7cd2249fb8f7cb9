"""Numbers of invoices and credit notes: per organization and series, no gap, no repeat."""
