"""How an organization takes money when a request does not say."""
