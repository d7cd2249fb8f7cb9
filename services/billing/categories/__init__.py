"""Income categories: what an item of an invoice is earned with, for figures by kind of income."""
