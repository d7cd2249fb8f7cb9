"""What billing knows of customers and lines: enough to refuse an invoice for the wrong one."""
