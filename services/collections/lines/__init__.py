"""Lines and their customers, as the customers service said they are."""
