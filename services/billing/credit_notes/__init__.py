"""Credit notes: documents that take back a part, or all, of what an issued invoice asks for."""
