"""Owns the immutable record: event types, the `attempt` every verb runs in, reading events back, and the log that proves it.

Stores ids, never foreign keys, so a record outlives what it tells of. Refuses UPDATE and DELETE, in the database.
"""
