"""Imports: a file's rows checked, handed to their services page by page, answered, counted."""
