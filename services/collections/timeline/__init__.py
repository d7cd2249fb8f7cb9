"""The timeline of a case: everything that happened, wherever it is kept, in one order."""
