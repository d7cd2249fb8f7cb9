"""How Duesline is set up and started: on this machine, in containers, and on a cluster."""
