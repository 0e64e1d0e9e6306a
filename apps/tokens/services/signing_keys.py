"""Verbs on signing keys (contract/extensions.md §4): next becomes current becomes retired; one that leaked goes at once."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet

from apps.applications.models import AccessToken, Application
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound
from apps.core.rows import hold
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens import jose, keys
from apps.tokens.minting import ID_TOKEN_SECONDS
from apps.tokens.models import KeyState, SigningKey

# What was being signed while the key was exchanged, and clocks that are not ours.
_SLACK = timedelta(hours=1)


class NextKeyThere(Conflict):
    """Somebody made it in the same moment."""


def rotate_signing_keys(ctx: Context, realm: Realm) -> list[SigningKey]:
    """The next key of every algorithm that the realm signs with becomes the current one, and a new one the next. The old
    ones sign nothing more, and stay published until the longest token they can have signed has expired; older ones whose
    time has come go. Returns the keys that are current now."""
    current = SigningKey.objects.filter(realm=realm, state=KeyState.CURRENT).order_by("algorithm")
    # RSA keys take a moment to make: before the transaction, not in it.
    fresh = {algorithm: jose.generate(algorithm) for algorithm in current.values_list("algorithm", flat=True)}
    with attempt(ctx, EventType.SIGNING_KEY_CHANGE, realm, action="ROTATE") as event:
        hold(realm)  # of two rotations at once the second waits, and retires what the first has made
        over, _ = _over(ctx, realm).delete()
        event.data["withdrawn"] = over
        made = []
        for old in list(current.filter(algorithm__in=fresh)):
            _retire(ctx, old, _last_expiry(ctx, old) + _SLACK)
            made.append(_promote(ctx, event, old, fresh[old.algorithm]))
    return made


def retire_signing_key(ctx: Context, key: SigningKey) -> SigningKey:
    """For a key that leaked: it leaves the JWKS at once, and nothing it signed is believed any more, in any process within a
    second. What it stood for is taken over by the next key. Fine when done twice. Raises NotFound for one long gone."""
    spare = jose.generate(key.algorithm)
    with attempt(ctx, EventType.SIGNING_KEY_CHANGE, key.realm, action="RETIRE") as event:
        event.target(key, key.algorithm)
        hold(key.realm)
        try:
            key.refresh_from_db(fields=["state", "retired_at", "published_until", "updated_at"])
        except SigningKey.DoesNotExist:
            raise NotFound("SigningKey", key.kid) from None
        was = key.state
        if key.published_until is None or key.published_until > ctx.now:
            _retire(ctx, key, ctx.now)
        if was == KeyState.CURRENT:
            _promote(ctx, event, key, spare)
        elif was == KeyState.NEXT:
            keys.insert_signing_key(ctx, key.realm, key.algorithm, spare, state=KeyState.NEXT)
    return key


def make_next_key(ctx: Context, realm: Realm, algorithm: str) -> SigningKey:
    """Raises NextKeyThere."""
    fresh = jose.generate(algorithm)
    with attempt(ctx, EventType.SIGNING_KEY_CHANGE, realm, action="CREATE") as event:
        event.data["algorithm"] = algorithm
        hold(realm)
        if SigningKey.objects.filter(realm=realm, algorithm=algorithm, state=KeyState.NEXT).exists():
            raise NextKeyThere("there is a next key")
        made = keys.insert_signing_key(ctx, realm, algorithm, fresh, state=KeyState.NEXT)
        event.target(made, algorithm)
    return made


def _promote(ctx: Context, event: Draft, old: SigningKey, fresh: Any) -> SigningKey:
    """The next key in the old one's place, and `fresh` as the next; without a next one `fresh` takes the place itself."""
    realm, algorithm = old.realm, old.algorithm
    key = SigningKey.objects.filter(realm=realm, algorithm=algorithm, state=KeyState.NEXT).first()
    if key is None:
        key = keys.insert_signing_key(ctx, realm, algorithm, fresh)
    else:
        key.state, key.updated_at = KeyState.CURRENT, ctx.now
        key.save(update_fields=["state", "updated_at"])
        keys.insert_signing_key(ctx, realm, algorithm, fresh, state=KeyState.NEXT)
    event.target(key, algorithm)
    event.changed(algorithm, old.kid, key.kid)
    return key


def _over(ctx: Context, realm: Realm) -> "QuerySet[SigningKey]":
    """Not at once, when it is withdrawn early: somebody may just be about to sign with it."""
    retired = SigningKey.objects.filter(realm=realm, state=KeyState.RETIRED, retired_at__lte=ctx.now - _SLACK)
    return retired.filter(published_until__lte=ctx.now)


def _retire(ctx: Context, key: SigningKey, published_until: datetime) -> None:
    key.state, key.updated_at, key.published_until = KeyState.RETIRED, ctx.now, published_until
    key.retired_at = key.retired_at or ctx.now
    key.save(update_fields=["state", "retired_at", "updated_at", "published_until"])


def _last_expiry(ctx: Context, key: SigningKey) -> datetime:
    """When nothing that the key signed is good any more: what was given out already, whatever its application is
    configured to today, and what an application that reads the old key in this moment may still give out."""
    of_realm = AccessToken.objects.filter(application__realm_id=key.realm_id, expires__gt=ctx.now)
    given = of_realm.aggregate(last=Max("expires"))["last"]
    configured = Application.objects.filter(realm_id=key.realm_id).aggregate(most=Max("token_expires_after_seconds"))
    longest = max(configured["most"] or 0, ID_TOKEN_SECONDS)
    return max(ctx.now + timedelta(seconds=longest), given or ctx.now)
