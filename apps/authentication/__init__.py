"""Owns login flows and browser sessions: from an authorization request to a code.

Refuses a proof that answers another flow, another browser, or an answer given before.
"""
