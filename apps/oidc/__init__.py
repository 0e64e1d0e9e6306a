"""The OAuth 2 and OpenID Connect door: each application is an issuer with its own endpoints (contract/wire.md §2).

Refuses by the specs' own error bodies; redirects only to a URI that the application registered.
"""
