"""One check a kind of field of `protocol_config`; all violations are gathered, each under its dotted path. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.applications.scopes import SCOPES_LIMIT
from apps.authenticators import urls_allowed
from apps.core.errors import Violation, told

ROOT = "application.protocol_config"
TOKEN = "token_configuration"
REFRESH = f"{TOKEN}.refresh_token"
URIS_LIMIT = 1000
KEYS_LIMIT = 20
_KEY_LENGTH = 8192
_KEY_TYPES = ("EC", "OKP", "RSA")
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class Check:
    """What was given, and what is wrong with it. Every method answers something usable, so that all is looked at."""

    def __init__(self, given: Mapping[str, Any], violations: list[Violation], path: str = "") -> None:
        self.given = given
        self.violations = violations
        self.path = path

    def inner(self, field: str, default: Mapping[str, Any]) -> "Check":
        """The checks of an object inside this one."""
        value = self.given.get(field, default)
        if not isinstance(value, Mapping):
            self.refuse(field, "not an object")
            value = default
        return Check(value, self.violations, f"{self.path}{field}.")

    def refuse(self, field: str, why: str) -> None:
        self.violations.append(Violation(f"{ROOT}.{self.path}{field}", why))

    def refused(self, field: str) -> bool:
        """Whether something of it was, already."""
        return any(each.field == f"{ROOT}.{self.path}{field}" for each in self.violations)

    def known_fields(self, known: frozenset[str]) -> None:
        for name in self.given:
            if name not in known:
                self.refuse(name, "unknown field")

    def one_of(self, field: str, allowed: Sequence[str], default: str | None) -> str:
        value = self.given.get(field, default)
        if value not in allowed:
            self.refuse(
                field, "missing" if value is None else told("must be one of %(names)s", names=", ".join(allowed))
            )
            return default or allowed[0]
        return str(value)

    def listed(self, field: str, allowed: Sequence[str], default: list[str]) -> list[str]:
        value = self.given.get(field, default)
        if not isinstance(value, list) or not value:
            self.refuse(field, told("must be a list of %(names)s", names=", ".join(allowed)))
            return []
        unknown = next((i for i, item in enumerate(value) if item not in allowed), None)
        if unknown is not None:
            self.refuse(f"{field}.{unknown}", told("must be one of %(names)s", names=", ".join(allowed)))
            return []
        return list(dict.fromkeys(value))

    def boolean(self, field: str, default: bool) -> bool:
        value = self.given.get(field, default)
        if not isinstance(value, bool):
            self.refuse(field, "must be true or false")
            return default
        return value

    def seconds(self, field: str, *, least: int, most: int, default: int | None) -> int:
        value = self.given.get(field, default)
        if value is None:
            self.refuse(field, "missing")
            return least
        if type(value) is not int or not least <= value <= most:
            self.refuse(field, told("must be %(least)s to %(most)s seconds", least=least, most=most))
            return least
        return value

    def text(self, field: str) -> str:
        value = self.given.get(field)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(field, "not a string")
            return ""
        return value

    def uri(self, field: str) -> str:
        """One https URL, or http for loopback; absent, null and "" are none."""
        value = self.text(field)
        if value and (why := urls_allowed.refuse_redirect(value)):
            self.refuse(field, why)
        return value

    def uris(self, field: str, *, private_use: bool) -> tuple[str, ...]:
        value = self.given.get(field, [])
        if not isinstance(value, list):
            self.refuse(field, "not a list")
            return ()
        if len(value) > URIS_LIMIT:
            self.refuse(field, told("array exceeds %(count)s elements", count=URIS_LIMIT))
            return ()
        for i, uri in enumerate(value):
            if why := urls_allowed.refuse_redirect(uri, private_use=private_use):
                self.refuse(f"{field}.{i}", why)
        return tuple(dict.fromkeys(uri for uri in value if isinstance(uri, str)))

    def scopes(self, field: str, available: Sequence[str]) -> tuple[str, ...]:
        value = self.given.get(field, [])
        if not isinstance(value, list):
            self.refuse(field, "not a list")
            return ()
        if len(value) > SCOPES_LIMIT:
            self.refuse(field, told("array exceeds %(count)s elements", count=SCOPES_LIMIT))
            return ()
        for i, scope in enumerate(value):
            if scope not in available:
                self.refuse(f"{field}.{i}", "not a scope of the resource server")
        return tuple(dict.fromkeys(scope for scope in value if isinstance(scope, str)))

    def jwks(self, field: str) -> dict[str, Any] | None:
        """A JWK Set (RFC 7517 §5) of public keys; null is none."""
        value = self.given.get(field)
        if value is None:
            return None
        keys = value.get("keys") if isinstance(value, Mapping) else None
        if not isinstance(keys, list) or not keys:
            self.refuse(field, 'must be {"keys": […]}, with one key at least')
            return None
        if len(keys) > KEYS_LIMIT:
            self.refuse(f"{field}.keys", told("array exceeds %(count)s elements", count=KEYS_LIMIT))
            return None
        for i, key in enumerate(keys):
            if why := _refuse_key(key):
                self.refuse(f"{field}.keys.{i}", why)
        return {"keys": keys}


def _refuse_key(key: object) -> str:
    """Why it is no public key, or ""."""
    if not isinstance(key, Mapping):
        return "not an object"
    if _PRIVATE_MEMBERS & key.keys():
        return "is or holds a secret: give public keys only"
    if key.get("kty") not in _KEY_TYPES:
        return told("kty must be one of %(names)s", names=", ".join(_KEY_TYPES))
    if len(repr(dict(key))) > _KEY_LENGTH:
        return told("longer than %(count)s characters", count=_KEY_LENGTH)
    return "" if isinstance(key.get("kid", ""), str) else "kid must be a string"
