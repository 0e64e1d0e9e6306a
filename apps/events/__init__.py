"""Owns the immutable record: event types, the `attempt` every verb runs in, and reading events back.

Stores ids, never foreign keys, so a record outlives what it tells of. Refuses UPDATE and DELETE, in the database.
"""
