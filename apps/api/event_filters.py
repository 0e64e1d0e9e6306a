"""What a request asks of the record (contract/extensions.md §7): its query, read as a filter. All of it is looked at before
any of it is refused; a parameter that there is not is refused like a wrong one."""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rest_framework.request import Request

from apps.core.context import ActorType
from apps.core.errors import Invalid, Violation
from apps.events.filtering import EventFilter
from apps.events.types import EventType
from apps.web.named_in_events import ids_named

LONGEST_TEXT = 256
_MANY = 50
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_FLOW = re.compile(r"[A-Za-z0-9_-]{8,64}")
_OUTCOME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_TYPES = frozenset(EventType)
_ACTOR_TYPES = frozenset(ActorType)


def read_filter(request: Request, *, beside: Iterable[str] = (), without: Iterable[str] = ()) -> EventFilter:
    """`beside` are the other parameters that the operation knows, `without` those of a filter that it does not. Raises
    Invalid."""
    violations: list[Violation] = []
    given = _given(request, {*_PARAMETERS, *beside} - {*without}, violations)
    found: dict[str, Any] = {}
    for name, (field, parse) in _PARAMETERS.items():
        values = []
        for text in given.get(name, ()):
            try:
                values.append(parse(text))
            except ValueError as problem:
                violations.append(Violation(name, str(problem)))
        if values:
            found[field] = tuple(dict.fromkeys(values)) if name in _REPEATED else values[0]
    if (start := found.get("start")) and (end := found.get("end")) and start > end:
        violations.append(Violation("end_time", "is before start_time"))
    if violations:
        raise Invalid(violations)
    return EventFilter(**found)


def as_asked(request: Request) -> dict[str, Any]:
    """What read_filter let pass, as it was sent, for the record."""
    given = _given(request, set(_PARAMETERS), [])
    return {name: values if name in _REPEATED else values[0] for name, values in given.items()}


def with_names(realm: Any, wanted: EventFilter) -> EventFilter:
    """The same, with those whom its text names in the realm's directory."""
    return replace(wanted, named=ids_named(realm, wanted.text)) if wanted.text else wanted


def refuse_others(request: Request, *known: str) -> None:
    """For what is asked beside the list of events, which reads its own query. Raises Invalid."""
    if others := [name for name in request.query_params if name not in known]:
        raise Invalid([Violation(name[:64], "unknown parameter") for name in others])


def _given(request: Request, known: set[str], violations: list[Violation]) -> dict[str, list[str]]:
    """Values by parameter, `type[]` read as `type`."""
    given: dict[str, list[str]] = {}
    for sent, values in request.query_params.lists():
        name = sent.removesuffix("[]") if sent.removesuffix("[]") in _REPEATED else sent
        if name not in known:
            violations.append(Violation(name[:64], "unknown parameter"))
        else:
            given.setdefault(name, []).extend(values)
    for name, values in given.items():
        if len(values) > (_MANY if name in _REPEATED else 1):
            words = f"more than {_MANY} of them" if name in _REPEATED else "given more than once"
            violations.append(Violation(name, words))
            del values[_MANY if name in _REPEATED else 1 :]
    return {name: values for name, values in given.items() if name in _PARAMETERS}


def _time(text: str) -> datetime:
    try:
        if not _TIME.fullmatch(text.upper()):
            raise ValueError
        return datetime.fromisoformat(_microseconds(text.upper())).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be an RFC 3339 time, like 2026-11-02T09:30:00Z") from None


def _microseconds(text: str) -> str:
    """No finer than a datetime is."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("must be an IPv4 or IPv6 address") from None


def _words(text: str) -> str:
    if not (text := text.strip()):
        raise ValueError("empty string")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"longer than {LONGEST_TEXT} characters")
    return text


def _fitting(pattern: re.Pattern[str], words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(words if text else "empty string")
        return text

    return parse


def _one_of(known: frozenset[Any], words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(words if text else "empty string")
        return text

    return parse


_REPEATED = frozenset({"type", "outcome"})
_PARAMETERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "start_time": ("start", _time),
    "end_time": ("end", _time),
    "type": ("types", _one_of(_TYPES, "is no type of event")),
    "outcome": ("outcomes", _fitting(_OUTCOME, "must be upper-case letters, digits and _")),
    "actor_type": ("actor_type", _one_of(_ACTOR_TYPES, f"must be one of {', '.join(ActorType)}")),
    "actor_id": ("actor_id", _fitting(_ID, "is no id")),
    "target_id": ("target_id", _fitting(_ID, "is no id")),
    "correlation_id": ("correlation_id", _fitting(_FLOW, "must be 8 to 64 letters, digits, - and _")),
    "ip": ("ip", _address),
    "q": ("text", _words),
}
