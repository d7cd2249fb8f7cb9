"""Status: where a line and a whole organization stand, shown and never stored."""
