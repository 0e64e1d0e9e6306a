"""Owns passkeys and the binding jobs that make them. Private keys never come here.

Refuses a proof that is replayed, from another origin, of another realm, or of a key that is not what it says it is.
"""
