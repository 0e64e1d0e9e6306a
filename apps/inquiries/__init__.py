"""Owns what administrators ask of the record and keep: views of it under a name, and exports with how far they are.

Refuses views that are no query of a page, more of them than anybody finds again, and one export's file twice.
"""
