"""Lines: what a customer is served over, the holds that restrict them, and their history."""
