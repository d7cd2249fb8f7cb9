"""Cases: episodes of debt, how far each has come, and who works it."""
