"""Duesline on this machine, without containers: `python -m deploy.local`.

Everything it makes lives under `.state/<profile>/`: servers that listen on loopback only, on
ports of their own, never the system's services. Profiles: `run` (durable, for `make run` and
`make demo`), `test` (PostgreSQL without fsync), `bench` (durable, larger buffers).
"""
