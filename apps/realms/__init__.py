"""Owns the realm, its look, and the mail that leaves in its name. Refuses duplicate names and changes to the admin realm.

Making a realm with all it needs (keys, policy) is onboarding's.
"""
