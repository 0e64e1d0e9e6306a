"""What a stream is told: checking its settings by its kind, keeping its secrets, and what may not be changed alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import Invalid, Violation, checked_fields
from apps.streams.kinds.kind import Kind
from apps.streams.models import EventStream

ROOT = "event_stream.settings"
OVERLAP_SECONDS = 86_400  # for which a webhook's earlier secret signs, too


@dataclass(frozen=True, slots=True)
class Configured:
    """`made`: the secrets among them that we chose, which nobody has seen yet."""

    settings: dict[str, Any]
    secrets: dict[str, Any]
    made: dict[str, str]


def new(kind: Kind, given: Mapping[str, Any]) -> Configured:
    """Raises Invalid with every violation."""
    found = _checked(kind, given, (*kind.required, *kind.required_secrets))
    own = {name: value for name, value in found.items() if name in kind.secret_checks}
    made = {name: value for name, value in kind.make_secrets().items() if name not in own}
    return Configured(_settled(kind, {**kind.defaults, **found}), {**made, **own}, made)


def changed(kind: Kind, stream: EventStream, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they would be: what is given over what is stored, null for what it was at first. Raises Invalid."""
    kept = {name: value for name, value in given.items() if value is not None}
    found = _checked(kind, kept, ())
    unset = [name for name, value in given.items() if value is None]
    wrong = [Violation(f"{ROOT}.{name}", "missing") for name in unset if name in (*kind.required, *kind.secret_checks)]
    wrong += [Violation(f"{ROOT}.{name}", "unknown field") for name in unset if name not in _known(kind)]
    merged = {**stream.settings, **found}
    for name in unset:
        merged.pop(name, None)
    settings = _settled(kind, {**kind.defaults, **merged})
    if not wrong and kind.is_secret_sent and _server(kind, settings) != _server(kind, stream.settings):
        again = [name for name in stream.secret_names if name not in found]
        wrong += [Violation(f"{ROOT}.{name}", "give it again: it would go to another server") for name in again]
    if wrong:
        raise Invalid(wrong)
    return settings


def given_secrets(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in kind.secret_checks and value is not None}


def with_secrets(ctx: Context, kind: Kind, stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The stored ones with those given in their place. What signs goes on signing for a day beside its successor."""
    if not given or kind.is_secret_sent:
        return {**stored, **given}
    earlier = {"earlier_secret": stored["secret"], "earlier_until": int(ctx.now.timestamp()) + OVERLAP_SECONDS}
    return {**stored, **earlier, **given}


def seal(stream: EventStream, values: Mapping[str, Any]) -> None:
    stream.sealed_secrets = secrets.seal(json.dumps(values).encode(), _purpose(stream))
    stream.secret_names = sorted(name for name in values if not name.startswith("earlier_"))


def unseal(stream: EventStream) -> dict[str, Any]:
    """Raises ValueError when no configured key opens them."""
    found: dict[str, Any] = json.loads(secrets.unseal(stream.sealed_secrets, _purpose(stream)))
    return found


def _purpose(stream: EventStream) -> str:
    return f"event_stream.secrets:{stream.pk}"


def _checked(kind: Kind, given: Mapping[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return checked_fields(given, {**kind.checks, **kind.secret_checks}, root=ROOT, required=required)


def _settled(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in kind.checks if values.get(name) not in (None, "")}


def _known(kind: Kind) -> set[str]:
    return {*kind.checks, *kind.secret_checks}


def _server(kind: Kind, settings: Mapping[str, Any]) -> Any:
    target = kind.target(settings)
    return urlsplit(target)[:2] if isinstance(target, str) else target
