"""Verbs on signing keys (contract/extensions.md §4)."""

from datetime import datetime, timedelta

from django.db.models import Max

from apps.applications.models import AccessToken, Application
from apps.core.context import Context
from apps.core.rows import hold
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens import jose, keys
from apps.tokens.minting import ID_TOKEN_SECONDS
from apps.tokens.models import KeyState, SigningKey

# What was being signed while the key was exchanged, and clocks that are not ours.
_SLACK = timedelta(hours=1)


def rotate_signing_keys(ctx: Context, realm: Realm) -> list[SigningKey]:
    """A new current key for every algorithm that the realm signs with. The old ones sign nothing more, and stay published
    until the longest token they can have signed has expired; older ones whose time has come go. Returns the new keys."""
    current = SigningKey.objects.filter(realm=realm, state=KeyState.CURRENT).order_by("algorithm")
    # RSA keys take a moment to make: before the transaction, not in it.
    fresh = {algorithm: jose.generate(algorithm) for algorithm in current.values_list("algorithm", flat=True)}
    with attempt(ctx, EventType.SIGNING_KEY_CHANGE, realm, action="ROTATE") as event:
        hold(realm)  # of two rotations at once the second waits, and retires what the first has made
        over, _ = SigningKey.objects.filter(realm=realm, state=KeyState.RETIRED, published_until__lte=ctx.now).delete()
        event.data["withdrawn"] = over
        made = []
        for old in current.filter(algorithm__in=fresh):
            _retire(ctx, old)
            made.append(keys.insert_signing_key(ctx, realm, old.algorithm, fresh[old.algorithm]))
            event.target(made[-1], old.algorithm)
            event.changed(old.algorithm, old.kid, made[-1].kid)
    return made


def _retire(ctx: Context, key: SigningKey) -> None:
    key.state, key.retired_at, key.updated_at = KeyState.RETIRED, ctx.now, ctx.now
    key.published_until = _last_expiry(ctx, key) + _SLACK
    key.save(update_fields=["state", "retired_at", "updated_at", "published_until"])


def _last_expiry(ctx: Context, key: SigningKey) -> datetime:
    """When nothing that the key signed is good any more: what was given out already, whatever its application is
    configured to today, and what an application that reads the old key in this moment may still give out."""
    given = AccessToken.objects.filter(realm_id=key.realm_id, expires__gt=ctx.now).aggregate(last=Max("expires"))[
        "last"
    ]
    configured = Application.objects.filter(realm_id=key.realm_id).aggregate(most=Max("token_expires_after_seconds"))
    longest = max(configured["most"] or 0, ID_TOKEN_SECONDS)
    return max(ctx.now + timedelta(seconds=longest), given or ctx.now)
