"""Scopes: those of the management API (contract/wire.md §1.10, extensions.md §6–§8), what one may look like, and the
arithmetic of granting them. Pure."""

from collections.abc import Collection, Iterable
from typing import Any

from apps.core.errors import Invalid, Violation, told

MANAGEMENT_IDENTIFIER = "identity-cloud"
OPENID_SCOPES = ("openid", "profile", "email", "address", "phone")
SCOPES_LIMIT = 1000
_SCOPE_LENGTH = 128
_OF_OPENID = frozenset({*OPENID_SCOPES, "offline_access"})

_CRUD = ("create", "read", "update", "delete")
_VERBS: dict[str, tuple[str, ...]] = {
    "tenants": ("read", "update"),
    "realms": _CRUD,
    "identities": _CRUD,
    "groups": _CRUD,
    "roles": _CRUD,
    "applications": _CRUD,
    "authenticator-configs": _CRUD,
    "resource-servers": _CRUD,
    "tokens": (*_CRUD, "introspect"),
    "credentials": ("read", "revoke"),
    "credential-binding-jobs": ("create", "read"),
    "themes": ("create", "read", "update"),
    "events": ("read",),
    "event-streams": _CRUD,
    "identity-providers": _CRUD,
    "policy": ("read", "update", "publish"),
    "scim": ("all",),
    "scim:users": _CRUD,
    "scim:groups": _CRUD,
}
MANAGEMENT_SCOPES: tuple[str, ...] = tuple(f"{noun}:{verb}" for noun, verbs in _VERBS.items() for verb in verbs)


def granted(
    requested: Iterable[str], *, allowed: Iterable[str], of_roles: Iterable[str] | None, openid: bool
) -> tuple[str, ...]:
    """requested ∩ the application's ∩ the person's roles' (None for client_credentials: there is no person).

    Nothing requested asks for all that is allowed. OIDC's own scopes are never listed on an application; they are
    granted to any that speaks OIDC and asks for openid. Order is the order asked.
    """
    allowed = list(allowed)
    asked = list(dict.fromkeys(requested)) or allowed
    bounds = set(allowed) if of_roles is None else set(allowed) & set(of_roles)
    if openid and "openid" in asked:
        bounds |= set(OPENID_SCOPES)
    return tuple(scope for scope in asked if scope in bounds)


def still_granted(
    scopes: Collection[str], *, allowed: Collection[str], of_roles: Collection[str] | None
) -> frozenset[str]:
    """What is left of a token's scopes today: none that its application or the person's roles (None: there is no person)
    no longer have. What OpenID defines is nobody's to take away."""
    bounds = set(allowed) if of_roles is None else set(allowed) & set(of_roles)
    return frozenset(scope for scope in scopes if scope in bounds or scope in OPENID_SCOPES)


def checked_scopes(given: Any, *, field: str) -> list[str]:
    """RFC 6749 §3.3: printable ASCII without space, quote or backslash; OpenID's own are nobody else's. Raises Invalid."""
    if not isinstance(given, list | tuple):
        raise Invalid(Violation(field, "not a list"))
    if len(given) > SCOPES_LIMIT:
        raise Invalid(Violation(field, told("array exceeds %(count)s elements", count=SCOPES_LIMIT)))
    violations = [Violation(f"{field}.{i}", why) for i, scope in enumerate(given) if (why := _refuse_scope(scope))]
    if violations:
        raise Invalid(violations)
    return list(dict.fromkeys(given))


def _refuse_scope(scope: Any) -> str:
    """Why it is none, or ""."""
    if not isinstance(scope, str):
        return "not a string"
    if not scope:
        return "empty string"
    if len(scope) > _SCOPE_LENGTH:
        return told("longer than %(count)s characters", count=_SCOPE_LENGTH)
    if any(not "!" <= character <= "~" or character in '"\\' for character in scope):
        return "contains a character that a scope cannot have"
    return told("%(name)s is reserved", name=scope) if scope in _OF_OPENID else ""
