"""Owns OAuth clients (applications), the rows of their grants and tokens, resource servers, scopes and roles.

Refuses scopes that no resource server has, redirects that leave the web, and changes to managed things.
"""
