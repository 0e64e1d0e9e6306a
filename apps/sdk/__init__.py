"""The doors that authenticators use: what a binding link opens, and where proofs are posted (contract/wire.md §3).

Refuses to say why a proof failed: the event knows, whoever sent it need not.
"""
