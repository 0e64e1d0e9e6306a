"""Signing keys of realms: making, finding, publishing. Private halves are opened once a process and kept by `kid`.

Of every algorithm that a realm signs with it has a current key and a next one, which is published before it is used
(contract/extensions.md §4), so that who keeps our keys for a while knows it when it comes.
"""

from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from apps.applications.models import Application
from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import NotFound
from apps.events.attempt import Draft
from apps.events.kept import kept
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens import jose
from apps.tokens.models import KeyState, SigningKey

_STANDS = Q(published_until=None) | Q(published_until__gt=Now())
_MADE_AT_ONCE = ("ES256", "EdDSA")  # an RSA key takes a moment: maintenance makes the next one


def insert_signing_key(
    ctx: Context, realm: Realm, algorithm: str, key: Any = None, *, state: KeyState = KeyState.CURRENT
) -> SigningKey:
    """A new key, inside somebody's attempt; `key` is one that jose.generate made earlier. Raises IntegrityError when the
    realm has one of that state for the algorithm."""
    key = key or jose.generate(algorithm)
    kid = key.thumbprint()
    return SigningKey.objects.create(
        kid=kid,
        realm=realm,
        tenant_id=realm.tenant_id,
        algorithm=algorithm,
        public_jwk=jose.public_jwk(jose.SigningKey(kid, algorithm, key)),
        sealed_private_key=secrets.seal(key.as_pem(private=True), _purpose(kid)),
        state=state,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def insert_first_keys(ctx: Context, realm: Realm, algorithm: str) -> SigningKey:
    """The current key of an algorithm that is new to the realm, and the next one. Raises IntegrityError."""
    current = insert_signing_key(ctx, realm, algorithm)
    if algorithm in _MADE_AT_ONCE:
        insert_signing_key(ctx, realm, algorithm, state=KeyState.NEXT)
    return current


def ensure_signing_key(ctx: Context, realm: Realm, algorithm: str, event: Draft) -> None:
    """RSA keys take a moment to make, so a realm gets one with the first application that wants it."""
    if SigningKey.objects.filter(realm=realm, algorithm=algorithm, state=KeyState.CURRENT).exists():
        return
    try:
        with transaction.atomic():
            made = insert_first_keys(ctx, realm, algorithm)
    except IntegrityError:
        return  # somebody was quicker, and theirs is as good
    event.follow(EventType.SIGNING_KEY_CHANGE, outcome="SUCCESS", action="CREATE", algorithm=algorithm).target(made)


def ensure_key_of(ctx: Context, application: Application, event: Draft) -> None:
    """Registered with applications: one that signs with an algorithm finds a key of it in its realm."""
    ensure_signing_key(ctx, application.realm, application.token_signing_algorithm, event)


def current_key(realm_id: str, algorithm: str) -> jose.SigningKey:
    """A retired one signs nothing more in any process within a second."""
    return _opened(_current_kid(realm_id, algorithm))


def public_key(kid: str) -> tuple[str, jose.SigningKey] | None:
    """(realm id, key) for verifying, by a `kid` that a token claims; None for one that is not ours, or not any more."""
    try:
        return _public(kid)
    except SigningKey.DoesNotExist:
        return None


def jwks(realm: Realm) -> dict[str, Any]:
    """Next, current and retired keys: what was signed yesterday still verifies (contract/extensions.md §4)."""
    return {"keys": [row.public_jwk for row in published_keys(realm).order_by("created_at", "kid")]}


def published_keys(realm: Realm) -> "QuerySet[SigningKey]":
    """All but those retired so long ago that nothing they signed is good any more."""
    return SigningKey.objects.filter(_STANDS, realm=realm)


def get_key(realm: Realm, kid: str) -> SigningKey:
    """Raises NotFound."""
    key = SigningKey.objects.select_related("realm").filter(realm=realm, kid=kid).first()
    if key is None:
        raise NotFound("SigningKey", kid)
    return key


def can_be_opened() -> bool:
    """Whether KEY_ENCRYPTION_KEY is that of the newest key that signs or will. True where there is none."""
    row = SigningKey.objects.exclude(state=KeyState.RETIRED).order_by("-created_at", "-kid").first()
    if row is None:
        return True
    try:
        return bool(secrets.unseal(row.sealed_private_key, _purpose(row.kid)))
    except ValueError:
        return False


def remove_keys(realm: Realm) -> None:
    SigningKey.objects.filter(realm=realm).delete()


@kept(entries=4096)
def _current_kid(realm_id: str, algorithm: str) -> str:
    return SigningKey.objects.values_list("kid", flat=True).get(
        realm_id=realm_id, algorithm=algorithm, state=KeyState.CURRENT
    )


@kept(entries=4096)
def _public(kid: str) -> tuple[str, jose.SigningKey]:
    """One that leaked is believed nowhere a second after it was withdrawn (anchors C11)."""
    row = SigningKey.objects.get(_STANDS, kid=kid)
    return row.realm_id, jose.SigningKey(kid, row.algorithm, jose.load_public(row.algorithm, row.public_jwk))


@lru_cache(maxsize=2048)
def _opened(kid: str) -> jose.SigningKey:
    row = SigningKey.objects.get(kid=kid)
    pem = secrets.unseal(row.sealed_private_key, _purpose(kid))
    return jose.SigningKey(kid, row.algorithm, jose.load_private(row.algorithm, pem))


def _purpose(kid: str) -> str:
    return f"signing_key.private_key:{kid}"
