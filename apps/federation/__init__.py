"""Owns identity providers of customer realms, and which of their subjects is which person here.

Refuses an administrator's realm, an ID token that is not exactly for us, an address that nobody verified, and to show a
client secret once it is stored.
"""
