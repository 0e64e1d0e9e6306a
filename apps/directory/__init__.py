"""Owns the directory of a realm: identities, groups, who is in which.

Refuses a username that another identity of the realm has, whatever its case, and members from another realm.
"""
