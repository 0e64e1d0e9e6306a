"""Owns event streams and their deliveries: what of a realm's record goes to which SIEM, how far it got, what became of it.

Refuses targets on our own network, and to show a secret once it is stored. Every event at least once, in order.
"""
