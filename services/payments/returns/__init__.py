"""Money of payments that goes away again: refunds, reversals, charge-backs."""
