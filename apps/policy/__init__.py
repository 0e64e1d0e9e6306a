"""Owns the realm's policy: ordered rules, asked before every binding and every authentication.

Refuses by default: nothing matched, an unknown fact, a rule that does not parse.
"""
