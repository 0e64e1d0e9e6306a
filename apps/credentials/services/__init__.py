"""Verbs on passkeys and on the jobs that bind them."""
