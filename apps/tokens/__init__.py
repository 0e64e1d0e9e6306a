"""Owns signing keys, JOSE, and everything signed with them: codes redeemed, tokens minted and verified.

Refuses a token of another realm, kind or algorithm, a code or a refresh token used twice, and a key found in the token.
"""
