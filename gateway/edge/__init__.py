"""The edge: everything a request meets before, and instead of, the gateway's own endpoints."""
