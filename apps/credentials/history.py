"""What is known of a person's past, for the policy: groups, passkeys, devices and addresses they were seen with, failures.

One statement asks for all of it, whichever of it a rule asks: so the record of an evaluation holds every fact, and a rule
that is written tomorrow can be tried on the sign-ins of today. It is put together by hand, for five tables answer at once,
and a sixth tells which rules are in force: an evaluation adds this one statement to a sign-in.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from apps.core import secrets
from apps.core.addresses import subscriber
from apps.core.context import Context
from apps.core.known_statements import kept_cursor
from apps.core.new_rows import new_row
from apps.core.own_connection import own_connection
from apps.credentials.models import FailedAttempt, Sighting
from apps.directory.models import Identity
from apps.events.attempt import Draft
from apps.policy import selectors as policies
from apps.policy.selectors import InForce
from apps.realms.models import Realm

SEEN_WITHIN = timedelta(days=365)
_SEEN_AGAIN = timedelta(days=1)  # a device that is used every day is written down once a day
_FAILED_WITHIN = timedelta(hours=1)
_FAILURES_KEPT = timedelta(days=1)
_EARTH_KM = 6371.0
_SHORTEST_TRIP_SECONDS = 60
# Refusals of somebody who was proven; all others are failed attempts.
_PROVEN = frozenset({"DENY", "PROVE"})


@dataclass(frozen=True, slots=True)
class Past:
    """`facts` are those of the history alone. `unseen`: rows to write when the person is let in."""

    group_ids: tuple[str, ...]
    credential_count: int
    facts: dict[str, Any] = field(default_factory=dict)
    unseen: tuple[Sighting, ...] = ()
    policy: InForce = field(default_factory=InForce)  # of the realm, as it was when all this was read


# Each asks one table by one index, of which the leading columns are given: planned once a connection, and perhaps while
# tables are all but empty, a choice of two may be the wrong one for good.
_SEEN = """
SELECT '{kind}' AS kind, '' AS ref, COALESCE(SUM(CASE WHEN seen_at > %s THEN 1 ELSE 0 END), 0) AS one,
COALESCE(SUM(CASE WHEN seen_at > %s THEN 1 ELSE 0 END), 0) AS two
FROM credentials_sighting WHERE identity_id = %s AND digest = %s
"""
_QUESTIONS = {
    "group": """
SELECT 'group' AS kind, group_id AS ref, 0 AS one, 0 AS two FROM directory_groupmembership WHERE identity_id = %s""",
    "passkeys": "SELECT 'passkeys', '', COUNT(*), 0 FROM credentials_credential WHERE identity_id = %s AND state = 'ACTIVE'",
    "device": _SEEN.format(kind="device"),
    "address": _SEEN.format(kind="address"),
    "failures": """
SELECT 'failures', '', COUNT(*), 0 FROM (
    SELECT id FROM credentials_failedattempt WHERE identity_id = %s AND failed_at > %s
    UNION
    SELECT id FROM credentials_failedattempt WHERE address_digest = %s AND failed_at > %s
) AS failed""",
    "place": """
SELECT kind, ref, one, two FROM (
    SELECT 'place' AS kind, '' AS ref, latitude AS one, longitude AS two FROM credentials_sighting
    WHERE identity_id = %s AND latitude IS NOT NULL ORDER BY seen_at DESC LIMIT 1
) AS newest""",
    "policy": """
SELECT kind, ref, one, two FROM (
    SELECT 'policy' AS kind, CAST(id AS VARCHAR(36)) AS ref, version AS one, 0 AS two FROM policy_policyversion
    WHERE realm_id = %s ORDER BY version DESC LIMIT 1
) AS in_force""",
}


def past_of(ctx: Context, identity: Identity, here: Mapping[str, Any] | None = None) -> Past:
    """`here` are the facts of the request (facts.of_request); without them nothing is said of devices and addresses."""
    here = here or {}
    device, address = _device(identity, here), _address(identity, here)
    rows = _ask(**_questions(ctx, identity, here, device, address))
    counted = {kind: (one, two) for kind, _, one, two in rows if kind not in ("group", "policy")}
    facts: dict[str, Any] = {"risk.failed_attempts_1h": int(counted["failures"][0])} if here else {}
    if device:
        facts["device.is_new"] = not counted["device"][0]
    if address:
        facts["request.ip_is_new"] = not counted["address"][0]
    before = counted.get("place")
    if (speed := _speed(ctx, identity, before)) is not None:
        facts["risk.travel_speed_kmh"] = speed
    return Past(
        group_ids=tuple(sorted(ref for kind, ref, _, _ in rows if kind == "group")),
        credential_count=int(counted["passkeys"][0]),
        facts=facts,
        unseen=_unseen(ctx, identity, device, address, counted, before),
        policy=next((policies.in_force(ref, int(one)) for kind, ref, one, _ in rows if kind == "policy"), InForce()),
    )


def _questions(
    ctx: Context, identity: Identity, here: Mapping[str, Any], device: str, address: str
) -> dict[str, tuple[Any, ...]]:
    """The values of each. What can find nothing is not asked."""
    ever, today, lately = ctx.now - SEEN_WITHIN, ctx.now - _SEEN_AGAIN, ctx.now - _FAILED_WITHIN
    failed_at = _failed_at(identity.realm_id, here.get("request.ip", ""))
    seen = {kind: (ever, today, identity.pk, of) for kind, of in (("device", device), ("address", address)) if of}
    return {
        "group": (identity.pk,),
        "passkeys": (identity.pk,),
        **seen,
        "failures": (identity.pk, lately, failed_at, lately),
        **({"place": (identity.pk,)} if ctx.client.location else {}),
        "policy": (identity.realm_id,),
    }


@dataclass(slots=True)
class Claim:
    """Whose a proof claims to be, as far as that is known."""

    identity: Identity | None = None


def _standing(identity: Identity | None) -> Identity | None:
    """Held until the count is written; None for who was deleted meanwhile, whose address counts all the same. Asked for
    nobody too: a failure costs the same statements whoever it was of."""
    ref = identity.pk if identity else ""
    return Identity.objects.select_for_update(no_key=True).only("pk").filter(pk=ref).first()


def watch(event: Draft, ctx: Context, realm: Realm, identity: Identity | None = None) -> Claim:
    """Inside an attempt that is about to look at a proof: if it does not hold, that counts against the address and whoever
    the claim names by then. What the policy denies to somebody who was proven does not."""
    claim = Claim(identity)

    def count() -> None:
        if event.outcome in _PROVEN:
            return
        FailedAttempt.objects.create(
            tenant_id=realm.tenant_id,
            realm=realm,
            identity=_standing(claim.identity),
            address_digest=_failed_at(realm.pk, ctx.client.ip),
            failed_at=ctx.now,
        )

    event.keep(count)
    return claim


def forget(ctx: Context) -> int:
    """What is too old to be asked for. Returns how many rows went."""
    seen, _ = Sighting.objects.filter(seen_at__lt=ctx.now - SEEN_WITHIN).delete()
    failed, _ = FailedAttempt.objects.filter(failed_at__lt=ctx.now - _FAILURES_KEPT).delete()
    return seen + failed


def remove_history(realm: Realm) -> None:
    """With the realm it is of. Registered with realms."""
    FailedAttempt.objects.filter(realm=realm).delete()
    Sighting.objects.filter(identity__realm=realm).delete()


@lru_cache
def _statement(*kinds: str) -> str:
    return "\nUNION ALL\n".join(_QUESTIONS[kind] for kind in kinds)


def _ask(**asked: tuple[Any, ...]) -> list[tuple[str, str, float, float]]:
    cursor, adapt = kept_cursor(), own_connection().ops.adapt_datetimefield_value
    values = [adapt(each) if isinstance(each, datetime) else each for given in asked.values() for each in given]
    cursor.execute(_statement(*asked), values)
    found: list[tuple[str, str, float, float]] = cursor.fetchall()
    return found


def _device(identity: Identity, here: Mapping[str, Any]) -> str:
    """A browser on a system, whatever their versions; "" when the request says of neither."""
    told = [str(here.get(name, "")) for name in ("device.platform", "browser.name")]
    return secrets.digest("|".join(("device", identity.pk, *told))) if any(told) else ""


def _address(identity: Identity, here: Mapping[str, Any]) -> str:
    network = subscriber(str(here.get("request.ip", "")))
    return secrets.digest(f"address|{identity.pk}|{network}") if network else ""


def _failed_at(realm_id: str, ip: str) -> str:
    """Within the realm: who comes from nowhere known is counted with the others of whom that is true."""
    return secrets.digest(f"failed|{realm_id}|{subscriber(ip)}")


def _unseen(
    ctx: Context,
    identity: Identity,
    device: str,
    address: str,
    counted: Mapping[str, tuple[float, float]],
    before: tuple[float, float] | None,
) -> tuple[Sighting, ...]:
    """A row for each that was not written down today, and for one who has moved since the last."""
    here = ctx.client.location
    moved = here is not None and (before is None or _distance_km(before, here) > 1)
    seen = (("device", device), ("address", address))
    wanted = [digest for kind, digest in seen if digest and not counted[kind][1]]
    if moved and address and address not in wanted:
        wanted.append(address)
    return tuple(
        new_row(
            Sighting,
            tenant_id=identity.tenant_id,
            realm_id=identity.realm_id,
            identity=identity,
            digest=digest,
            seen_at=ctx.now,
            latitude=here[0] if here and digest == address else None,
            longitude=here[1] if here and digest == address else None,
        )
        for digest in wanted
    )


def _speed(ctx: Context, identity: Identity, before: tuple[float, float] | None) -> float | None:
    """From where the person last signed in to here, in the time since."""
    here, last = ctx.client.location, identity.last_authenticated_at
    if here is None or before is None or last is None:
        return None
    seconds = max((ctx.now - last).total_seconds(), _SHORTEST_TRIP_SECONDS)
    return round(_distance_km(before, here) / seconds * 3600, 1)


def _distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along a great circle (haversine)."""
    latitude, longitude, to_latitude, to_longitude = map(math.radians, (*one, *other))
    half = math.sin((to_latitude - latitude) / 2) ** 2
    half += math.cos(latitude) * math.cos(to_latitude) * math.sin((to_longitude - longitude) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))
