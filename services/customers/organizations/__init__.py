"""Organizations: the tenants everything belongs to, with their money, calendar and clock."""
