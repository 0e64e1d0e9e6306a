"""Owns ids, refusals, the context of a call, and sealing of secrets: what every other app needs and nothing more.

A closed list: ids · errors · context · names · secrets · rows · times · outgoing.
Refuses knowledge of any noun of the product.
"""
