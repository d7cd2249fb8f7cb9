"""What may be paid: billing's issued invoices, and how much of each is still open."""
