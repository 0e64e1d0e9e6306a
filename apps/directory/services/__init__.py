"""Verbs of the directory, by noun: identities, groups."""
