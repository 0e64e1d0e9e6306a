"""Verbs on event streams. What is asked of the network is asked before a transaction opens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Invalid, Unprocessable, Violation, told
from apps.core.rows import ChangedMeanwhile, hold, require_unchanged
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.streams import configuration, record, targets
from apps.streams.kinds import KINDS
from apps.streams.kinds.kind import Kind
from apps.streams.models import Delivery, DeliveryState, EventStream

STREAMS_LIMIT = 50  # of a realm: each reads the whole record


class TooManyStreams(Unprocessable):
    code = "unprocessable_entity"


class SecretIsTheirs(Unprocessable):
    """Only the target can make it a new one; it is changed by giving that."""

    code = "unprocessable_entity"


@dataclass(frozen=True, slots=True)
class WithSecret:
    """`made` are secrets that we chose, by name: they are shown now and never again."""

    stream: EventStream
    made: Mapping[str, str]


def create_event_stream(
    ctx: Context,
    realm: Realm,
    *,
    display_name: str,
    type: str,
    settings: Mapping[str, Any],
    types: Sequence[str] = (),
    outcomes: Sequence[str] = (),
    alerts_only: bool = False,
    enabled: bool = True,
) -> WithSecret:
    """It tells of what happens from now on. Raises Invalid, TooManyStreams, NotSealedYet."""
    kind = KINDS[type]
    found = _asked(lambda: _reachable(kind, configuration.new(kind, settings)))
    position = record.position_now(realm.pk)
    with attempt(ctx, EventType.EVENT_STREAM_CHANGE, realm, action="CREATE") as event:
        configured = found()
        hold(realm)
        if EventStream.objects.filter(realm=realm).count() >= STREAMS_LIMIT:
            raise TooManyStreams(told("a realm has at most %(count)s event streams", count=STREAMS_LIMIT))
        stream = EventStream(
            realm=realm, tenant_id=realm.tenant_id, type=kind.name, settings=configured.settings, types=list(types),
            outcomes=list(outcomes), alerts_only=alerts_only, enabled=enabled, position=position,
            next_try_at=ctx.now, created_at=ctx.now, updated_at=ctx.now,
        )  # fmt: skip
        stream.display_name = names.display_name(display_name, field="event_stream.display_name")
        _require_something_to_send(stream)
        configuration.seal(stream, configured.secrets)
        stream.save(force_insert=True)
        event.target(stream)
        for name in ("type", "settings", "types", "outcomes", "alerts_only", "enabled"):
            event.changed(name, None, getattr(stream, name))
        event.data["secrets"] = stream.secret_names
    return WithSecret(stream, configured.made)


def update_event_stream(
    ctx: Context,
    stream: EventStream,
    *,
    settings: Mapping[str, Any] | None = None,
    seen_at: datetime | None = None,
    **changes: Any,
) -> EventStream:
    """`changes`: display_name, types, outcomes, alerts_only, enabled. `settings` changes those it has; a paused stream
    keeps its place.

    Raises Invalid, ChangedMeanwhile.
    """
    kind, given = KINDS[stream.type], settings or {}
    read = stream.settings
    found = _asked(lambda: _changed(kind, stream, given))
    with attempt(ctx, EventType.EVENT_STREAM_CHANGE, stream.realm, action=_action(changes, settings)) as event:
        event.target(stream)
        require_unchanged(stream, seen_at, ctx.now)
        changed = found()
        if "display_name" in changes:
            changes["display_name"] = names.display_name(changes["display_name"], field="event_stream.display_name")
        hold(stream)
        if stream.settings != read:
            raise ChangedMeanwhile("somebody else changed it meanwhile")
        for name, value in {**changes, "settings": changed}.items():
            event.changed(name, getattr(stream, name), value)
            setattr(stream, name, value)
        _require_something_to_send(stream)
        _renew_secrets(ctx, stream, configuration.given_secrets(kind, given), event.data)
        _begin_anew(ctx, stream)
    return stream


def rotate_secret(ctx: Context, stream: EventStream, *, seen_at: datetime | None = None) -> WithSecret:
    """A new secret of ours; the one before works for a day more. Raises SecretIsTheirs, ChangedMeanwhile."""
    kind = KINDS[stream.type]
    with attempt(ctx, EventType.EVENT_STREAM_CHANGE, stream.realm, action="ROTATE_SECRET") as event:
        event.target(stream)
        made = kind.make_secrets()
        if not made:
            raise SecretIsTheirs("its secret is made where it leads to: change it to what they give you")
        require_unchanged(stream, seen_at, ctx.now)
        hold(stream)
        _renew_secrets(ctx, stream, made, event.data)
        stream.updated_at = ctx.now
        stream.save(update_fields=["sealed_secrets", "secret_names", "updated_at"])
    return WithSecret(stream, made)


def delete_event_stream(ctx: Context, stream: EventStream, *, seen_at: datetime | None = None) -> None:
    """With the log of its deliveries. Raises ChangedMeanwhile."""
    with attempt(ctx, EventType.EVENT_STREAM_CHANGE, stream.realm, action="DELETE") as event:
        event.target(stream)
        require_unchanged(stream, seen_at, ctx.now)
        hold(stream)
        EventStream.objects.filter(pk=stream.pk).delete()


def replay_dead_letters(ctx: Context, stream: EventStream) -> int:
    """Sends again what was given up, before whatever else is waiting, at the next round. Returns how many batches."""
    with attempt(ctx, EventType.EVENT_STREAM_CHANGE, stream.realm, action="REPLAY") as event:
        event.target(stream)
        hold(stream)
        dead = Delivery.objects.filter(stream=stream, state=DeliveryState.DEAD)
        replayed = dead.update(
            state=DeliveryState.PENDING, tries=0, first_tried_at=None, problem="", updated_at=ctx.now
        )
        event.data["deliveries"] = replayed
        EventStream.objects.filter(pk=stream.pk).update(next_try_at=ctx.now, failures=0)
    return replayed


def remove_streams(realm: Realm) -> None:
    """With the realm they are of. Registered with realms."""
    Delivery.objects.filter(realm=realm).delete()
    EventStream.objects.filter(realm=realm).delete()


def _asked(check: Callable[[], Any]) -> Callable[[], Any]:
    """The check is made at once; its answer, or its refusal, is there to be told inside the attempt."""
    try:
        value = check()
    except Invalid as refusal:
        again = refusal

        def refuse() -> Any:
            raise again

        return refuse
    return lambda: value


def _reachable(kind: Kind, configured: configuration.Configured) -> configuration.Configured:
    _refuse_target(kind, configured.settings)
    return configured


def _changed(kind: Kind, stream: EventStream, given: Mapping[str, Any]) -> dict[str, Any]:
    settings = configuration.changed(kind, stream, given)
    if settings != stream.settings:
        _refuse_target(kind, settings)
    return settings


def _refuse_target(kind: Kind, settings: Mapping[str, Any]) -> None:
    violations: list[Violation] = targets.why_refused(kind, settings)
    if violations:
        raise Invalid(violations)


def _require_something_to_send(stream: EventStream) -> None:
    """An alert is a policy evaluation. A stream that takes alerts of other types would be silent for ever, unnoticed."""
    if stream.alerts_only and stream.types and EventType.POLICY_EVALUATION not in stream.types:
        why = "alerts are POLICY_EVALUATION events: name that type too, or none"
        raise Invalid(Violation("event_stream.filter.types", why))


def _action(changes: Mapping[str, Any], settings: object) -> str:
    if list(changes) == ["enabled"] and settings is None:
        return "RESUME" if changes["enabled"] else "PAUSE"
    return "UPDATE"


def _renew_secrets(ctx: Context, stream: EventStream, given: Mapping[str, Any], told: dict[str, Any]) -> None:
    if not given:
        return
    stored = configuration.unseal(stream)
    configuration.seal(stream, configuration.with_secrets(ctx, KINDS[stream.type], stored, given))
    told["secrets"] = sorted(given)


def _begin_anew(ctx: Context, stream: EventStream) -> None:
    """What is changed may work now: it is tried at once, and what waited is given its whole day again."""
    stream.updated_at = stream.next_try_at = ctx.now
    stream.failures = 0
    changed = [
        "display_name",
        "settings",
        "types",
        "outcomes",
        "alerts_only",
        "enabled",
        "sealed_secrets",
        "secret_names",
    ]
    stream.save(update_fields=[*changed, "updated_at", "next_try_at", "failures"])
    waiting = Delivery.objects.filter(stream=stream, state=DeliveryState.FAILED)
    waiting.update(first_tried_at=None, updated_at=ctx.now)
