"""The pages people meet: sign up, create a passkey, sign in (contract/wire.md §7).

Refuses to be a dead end: whatever cannot go on says what happened and what to do next.
"""
