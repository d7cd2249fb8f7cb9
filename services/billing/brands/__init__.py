"""How an organization looks on paper: its legal self, its logo and colours, how to pay it."""
