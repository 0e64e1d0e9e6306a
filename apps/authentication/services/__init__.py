"""Verbs of signing in: start an authorization request, answer it with a proof, ask for consent.

Each is one transaction with its events; all events of one sign-in share the flow's correlation id.
"""

from apps.authentication.services.answers import Authenticated, Finished, LoginRefused, NeedsConsent, NeedsProof
from apps.authentication.services.completion import RequirementUnmet
from apps.authentication.services.proofs import PasskeyOfAnotherRealm, PasskeyUnknown, authenticate
from apps.authentication.services.requests import answer_at_once, start

__all__ = [
    "Authenticated", "Finished", "LoginRefused", "NeedsConsent", "NeedsProof", "PasskeyOfAnotherRealm", "PasskeyUnknown",
    "RequirementUnmet", "answer_at_once", "authenticate", "start",
]  # fmt: skip
