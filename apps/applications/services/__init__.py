"""Verbs on applications, resource servers and roles, by noun."""
