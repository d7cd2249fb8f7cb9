"""The API's description for people: one page, rendered here, with nothing from elsewhere."""
