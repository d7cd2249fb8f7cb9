"""Invoices: drafted, issued under a number, settled by allocations, or voided."""
