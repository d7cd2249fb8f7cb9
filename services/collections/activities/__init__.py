"""Activities: what was done on a case, and by whom; written once, never changed."""
