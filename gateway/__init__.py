"""The gateway: the one door of Duesline, and the owner of who may come in.

Owns      users, their roles and refresh tokens, in a database of its own; it issues the
          access tokens every service verifies against the key published here.
Carries   `/api/v1/...` to the services byte for byte in both directions (routes.py says
          which path is whose), with limits, deadlines and a trace that starts here.
Composes  two reads over several services: a customer's overview and the dashboard; and
          tells the health of the whole.
Shows     the one OpenAPI document, its page at /docs, and the console.
Hears and publishes nothing on the bus. A service is not safe because it stands behind this
door: each verifies the token again.

The proxied path never touches FastAPI: edge.dispatch looks at the path and hands the request
to edge.proxy, or else to the application of the gateway's own endpoints.
"""
