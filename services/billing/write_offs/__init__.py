"""Write-offs: what is open of an invoice, or a part of it, given up; money may still come."""
