"""Owns the beginnings: opens tenants and creates realms with all they are born with. The one app whose verbs put other
apps' rows together.

Refuses a form that was sent before, and to leave anything half made.
"""
