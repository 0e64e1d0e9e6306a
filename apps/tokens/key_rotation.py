"""Rotating signing keys on schedule and all together; one realm's keys at a time, each by its own verb."""

import time
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from apps.core.context import Context
from apps.realms.models import Realm
from apps.tokens import keys
from apps.tokens.models import KeyState, SigningKey
from apps.tokens.services import signing_keys

# By itself no key comes into use that has not been published for longer than anybody keeps our keys.
_PUBLISHED_AHEAD = timedelta(hours=1)
_REALMS_AT_ONCE = 200
_SECONDS = 2.0  # an RSA key takes a moment, and what else the worker has to do does not wait for many of them


def maintain_signing_keys(ctx: Context, *, rotation_days: int) -> int:
    """Makes the next keys that are missing, then rotates the keys of realms where one has signed for so many days (0: never
    by itself). Returns how many realms were rotated; what is left is left for the next time."""
    until = time.monotonic() + _SECONDS
    for key in _without_next().select_related("realm").order_by("algorithm", "kid")[:_REALMS_AT_ONCE]:
        if time.monotonic() > until:
            break
        try:
            signing_keys.make_next_key(ctx, key.realm, key.algorithm)
        except signing_keys.NextKeyThere:
            continue
    due = _due(ctx, rotation_days) if rotation_days else SigningKey.objects.none()
    rotated = 0
    for realm in Realm.objects.filter(pk__in=due.values("realm"))[:_REALMS_AT_ONCE]:
        if time.monotonic() > until:
            break
        signing_keys.rotate_signing_keys(ctx, realm)
        rotated += 1
    return rotated


def retire_every_key(ctx: Context, realm: Realm) -> list[SigningKey]:
    """For when nobody knows which ones leaked: next, current and retired. Returns the keys that are current now."""
    published = list(keys.published_keys(realm).select_related("realm"))
    for state in (KeyState.NEXT, KeyState.CURRENT, KeyState.RETIRED):  # what takes over must be new itself
        for key in [each for each in published if each.state == state]:
            signing_keys.retire_signing_key(ctx, key)
    return list(SigningKey.objects.filter(realm=realm, state=KeyState.CURRENT).order_by("algorithm"))


def _without_next() -> "QuerySet[SigningKey]":
    beside = {"realm": OuterRef("realm"), "algorithm": OuterRef("algorithm"), "state": KeyState.NEXT}
    return SigningKey.objects.filter(~Exists(SigningKey.objects.filter(**beside)), state=KeyState.CURRENT)


def _due(ctx: Context, rotation_days: int) -> "QuerySet[SigningKey]":
    """Current keys that signed long enough (since they were last changed, that is made or promoted) and may be followed."""
    beside = {"realm": OuterRef("realm"), "algorithm": OuterRef("algorithm"), "state": KeyState.NEXT}
    known = SigningKey.objects.filter(**beside, created_at__lte=ctx.now - _PUBLISHED_AHEAD)
    old = SigningKey.objects.filter(state=KeyState.CURRENT, updated_at__lte=ctx.now - timedelta(days=rotation_days))
    return old.filter(Exists(known))
