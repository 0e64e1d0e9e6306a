"""Owns bulk jobs: what is done to many people at once by the worker, an import from a file or an act on those selected.

Refuses files that are no table, and to do anything that the administrator who asked may no longer do. A row is done once.
"""
