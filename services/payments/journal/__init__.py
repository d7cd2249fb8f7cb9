"""The double-entry journal for reading: in pages, and whole for an accounting system."""
