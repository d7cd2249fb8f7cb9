"""Exemptions: customers, lines and areas that nothing happens to until a day, and who said so."""
