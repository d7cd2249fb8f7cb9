"""Invoice numbers: per organization and series, without a gap and without a repeat."""
