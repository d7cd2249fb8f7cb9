"""Documents on paper: templates in, PDF out; nothing is printed that the API does not say."""
