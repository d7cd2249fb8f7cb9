"""Where money lands: cash desks, banks, processors; their balances and the journal of it all."""
