"""Owns the tenant: an organisation, the root of everything it keeps here. Refuses to know what it holds."""
