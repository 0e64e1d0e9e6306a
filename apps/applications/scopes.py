"""Scopes of the management API (contract/wire.md §1.10, extensions.md §6–§8) and the arithmetic of granting them. Pure."""

from collections.abc import Iterable

MANAGEMENT_IDENTIFIER = "identity-cloud"
OPENID_SCOPES = ("openid", "profile", "email")

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
    "policy": ("read", "update", "publish"),
    "scim": ("all",),
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
