"""Checking a provider: what an administrator would otherwise learn from the first person who cannot get in."""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.core import outgoing
from apps.core.context import Context
from apps.core.outgoing import Unreachable
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.federation import discovery
from apps.federation.discovery import Metadata, ProviderUnavailable
from apps.federation.models import IdentityProvider
from apps.tokens import fetched_keys
from apps.tokens.signatures import ALGORITHMS, SignatureRejected, key_from


@dataclass(frozen=True, slots=True)
class Check:
    """`name`: configuration or keys. `detail` is what was found, or what is wrong."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Told:
    checks: tuple[Check, ...]

    @property
    def is_usable(self) -> bool:
        return all(each.passed for each in self.checks)


def check_provider(ctx: Context, provider: IdentityProvider) -> Told:
    """Asks it anew for its configuration and its keys. The client id and secret only a sign-in tries."""
    with attempt(ctx, EventType.IDENTITY_PROVIDER_CHANGE, provider.realm, action="TEST", reading=True) as event:
        event.target(provider)
        discovery.forget(provider.issuer)
        told = Told(tuple(_checks(provider)))
        if not told.is_usable:
            event.outcome = "PROVIDER_UNAVAILABLE"
            event.data["problem"] = next(each.detail for each in told.checks if not each.passed)
    return told


def _checks(provider: IdentityProvider) -> Iterator[Check]:
    try:
        metadata = discovery.metadata_of(provider.issuer)
    except ProviderUnavailable as refusal:
        yield Check("configuration", False, refusal.message)
        return
    yield Check("configuration", True, metadata.authorization_endpoint)
    yield _keys(metadata)


def _keys(metadata: Metadata) -> Check:
    try:
        published = fetched_keys.keys_in(outgoing.get_json(metadata.jwks_uri))
    except Unreachable as problem:
        return Check("keys", False, f"its keys: {problem}")
    usable = sum(_is_usable(jwk) for jwk in published)
    if not usable:
        return Check("keys", False, f"its keys: none is for {', '.join(ALGORITHMS)}")
    return Check("keys", True, str(usable))


def _is_usable(jwk: object) -> bool:
    for algorithm in ALGORITHMS:
        try:
            key_from(jwk, algorithm)
        except SignatureRejected:
            continue
        return True
    return False
