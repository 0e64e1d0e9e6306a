"""The keys a client signs with: those registered (`jwks`), or those at its `jwks_uri` (see fetched_keys)."""

from typing import Any

from apps.applications.models import Application
from apps.tokens.fetched_keys import fitting, keys_at, keys_in, require_signed_with
from apps.tokens.signatures import ALGORITHMS, FAPI2_ALGORITHMS, SignatureRejected, Unverified


def algorithms_of(application: Application) -> tuple[str, ...]:
    """What the client may sign with."""
    return FAPI2_ALGORITHMS if application.is_fapi2 else ALGORITHMS


def has_keys(application: Application) -> bool:
    """Whether there is anything to verify a client's signature with."""
    return bool(application.jwks or application.jwks_uri)


def require_signed_by(application: Application, token: Unverified) -> None:
    """Raises SignatureRejected. May ask the client's server for its keys: call it before a transaction is open, or after
    `prepare`."""
    candidates = fitting(_known_keys(application), token)
    if not candidates and application.jwks_uri:
        candidates = fitting(_fetched_keys(application, wanted=True), token)
    if not candidates:
        raise SignatureRejected("none of the client's keys fits it")
    require_signed_with(candidates, token)


def prepare(application: Application, token: Unverified) -> None:
    """Has the client's server asked, if it must be, while nothing is locked. What is wrong shows later."""
    if application.jwks_uri and not fitting(_known_keys(application), token):
        _fetched_keys(application, wanted=True)


def _known_keys(application: Application) -> list[Any]:
    if application.jwks_uri:
        return _fetched_keys(application, wanted=False)
    return keys_in(application.jwks)


def _fetched_keys(application: Application, *, wanted: bool) -> list[Any]:
    return keys_at(str(application.pk), application.jwks_uri, wanted=wanted)
