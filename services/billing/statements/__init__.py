"""What a customer or an organization owed and paid: opening + movements = closing.

Nothing is kept for it but what payments alone knows (two projections): a statement is derived
from documents and money each time, as of any day and as it was known at any instant.
"""
