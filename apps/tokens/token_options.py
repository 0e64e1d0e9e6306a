"""What a client may say of the token it asks for: how long, for whom, and with which claims of its own.

`expiration_time` and `custom_claims` are contract/wire.md §2, `resource` is RFC 8707. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.applications.models import Application
from apps.tokens.parameters import Form

_CLAIMS_BYTES = 4096
_DEEPEST = 16


class OptionRefused(Exception):
    """`error` is OAuth's, the text may be shown to the client."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


@dataclass(frozen=True, slots=True)
class TokenOptions:
    """`expires_after_seconds` is at most what is configured; no `resources` means all that the application is for."""

    expires_after_seconds: int
    resources: tuple[str, ...] = ()
    custom_claims: Mapping[str, Any] = field(default_factory=dict)


def standard(application: Application) -> TokenOptions:
    """Of a request that says nothing."""
    return TokenOptions(application.token_expires_after_seconds)


def read(application: Application, form: Form) -> TokenOptions:
    """Raises OptionRefused."""
    return TokenOptions(
        _seconds(application, form.get("expiration_time")),
        known_resources(application, form.resources),
        _custom_claims(application, form.get("custom_claims")),
    )


def known_resources(application: Application, asked: Sequence[str]) -> tuple[str, ...]:
    """Each is the identifier of the application's resource server. Raises OptionRefused."""
    server = application.resource_server
    if any(server is None or resource != server.identifier for resource in asked):
        raise OptionRefused("invalid_target", "the application has no such resource server")
    return tuple(dict.fromkeys(asked))


def within_grant(granted: Sequence[str], asked: tuple[str, ...]) -> tuple[str, ...]:
    """What was asked for at the token endpoint, out of what the person was asked about (RFC 8707 §2.2). Raises
    OptionRefused."""
    if granted and not set(asked) <= set(granted):
        raise OptionRefused("invalid_target", "not a resource that was asked for in the authorization request")
    return asked or tuple(granted)


def _seconds(application: Application, text: str) -> int:
    longest = application.token_expires_after_seconds
    if not text:
        return longest
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 0 < int(text) <= longest):
        raise OptionRefused("invalid_request", f"expiration_time must be a number of seconds from 1 to {longest}")
    return int(text)


def _custom_claims(application: Application, text: str) -> dict[str, Any]:
    """A public client's would be anybody's: whoever has its id could have us sign what they like."""
    if not text:
        return {}
    if not application.is_confidential:
        raise OptionRefused("invalid_request", "custom_claims needs a client that proves itself")
    try:
        if len(text.encode()) > _CLAIMS_BYTES:
            raise ValueError("too long")
        claims = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_refuse)
        if not isinstance(claims, dict) or not _can_be_kept(claims, _DEEPEST):
            raise ValueError("not an object, too deep, or not text")
        json.dumps(claims, allow_nan=False)
    except (ValueError, RecursionError):
        raise OptionRefused(
            "invalid_request", f"custom_claims must be a JSON object of at most {_CLAIMS_BYTES} bytes"
        ) from None
    return claims


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name is given twice")
    return dict(pairs)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _can_be_kept(value: Any, depth: int) -> bool:
    """The database keeps neither a NUL nor half of a surrogate pair."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return depth > 0 and all(_can_be_kept(each, depth - 1) for pair in value.items() for each in pair)
    if isinstance(value, list):
        return depth > 0 and all(_can_be_kept(each, depth - 1) for each in value)
    return True
