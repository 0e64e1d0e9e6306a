"""What a new tenant and a new realm hold (contract/extensions.md §2, §10; wire.md §1.3, §6). Pure data."""

from dataclasses import dataclass
from typing import Any

from apps.core import ids

ADMIN_GROUP = "Admin Console Access"
ADMIN_ROLE = "Super Administrators"
FIRST_REALM = "My First Realm"
FIRST_APPLICATION = "My First Application"
NAMELESS = "Administrator"
MANAGEMENT_TOKEN_SECONDS = 7_776_000

HOSTED_PASSKEYS = {
    "type": "hosted_web",
    "authentication_methods": [{"type": "webauthn_passkey", "device_bound": "any"}],
    "trusted_origins": [],
}


def starter_rules() -> list[dict[str, Any]]:
    """Two rules to begin with: a first passkey for who was invited, and signing in with it. All else stays denied."""
    return [
        _rule(
            "First passkey",
            "credential_binding",
            {"attribute": "binding.reason", "operator": "in", "value": ["first", "invited", "recovery"]},
        ),
        _rule("Passkey sign-in", "authentication", {}),
    ]


def admin_rules(console_id: str, group_id: str) -> list[dict[str, Any]]:
    """Who is in the administrators' group may sign in to the console and bind a passkey; nobody else, nothing else."""
    in_group = {"attribute": "identity.group_ids", "operator": "contains_any", "value": [group_id]}
    console = {"attribute": "application.id", "operator": "in", "value": [console_id]}
    return [
        _rule("Administrators sign in to the console", "authentication", {"all": [console, in_group]}),
        _rule("Administrators add a passkey", "credential_binding", in_group),
    ]


def _rule(name: str, transaction: str, condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(ids.uuid7()),
        "name": name,
        "description": "",
        "enabled": True,
        "transaction": transaction,
        "condition": condition,
        "action": {"type": "allow"},
    }


@dataclass(frozen=True, slots=True)
class AdminRole:
    """A role that a tenant is offered beside the managed one, on the management API; `scopes` exactly."""

    name: str
    description: str
    scopes: tuple[str, ...]


# Who enters the console without being a super administrator. Members of this group are let in; what they may do there their
# roles say, so the group itself has none.
LIMITED_GROUP = "Console Access by Role"
_SEE_AROUND = ("tenants:read", "realms:read", "events:read")
ADMIN_ROLES = (
    AdminRole(
        "Directory administrator",
        "People, groups and their passkeys",
        (
            *_SEE_AROUND,
            "identities:create", "identities:read", "identities:update", "identities:delete",
            "groups:create", "groups:read", "groups:update", "groups:delete",
            "credentials:read", "credentials:revoke", "credential-binding-jobs:create", "credential-binding-jobs:read",
            "roles:read", "applications:read", "authenticator-configs:read",
        ),
    ),
    AdminRole(
        "Application administrator",
        "Applications, authenticators, APIs, their roles and tokens, and how sign-in looks",
        (
            *_SEE_AROUND,
            "applications:create", "applications:read", "applications:update", "applications:delete",
            "authenticator-configs:create", "authenticator-configs:read", "authenticator-configs:update",
            "authenticator-configs:delete",
            "resource-servers:create", "resource-servers:read", "resource-servers:update", "resource-servers:delete",
            "roles:create", "roles:read", "roles:update", "roles:delete",
            "tokens:create", "tokens:read", "tokens:update", "tokens:delete", "tokens:introspect",
            "themes:create", "themes:read", "themes:update", "policy:read",
        ),
    ),
    AdminRole(
        "Auditor (read-only)",
        "Everything there is to see, and nothing to change",
        (
            *_SEE_AROUND,
            "identities:read", "groups:read", "roles:read", "applications:read", "authenticator-configs:read",
            "resource-servers:read", "tokens:read", "credentials:read", "credential-binding-jobs:read", "themes:read",
            "event-streams:read", "identity-providers:read", "policy:read", "scim:users:read", "scim:groups:read",
        ),
    ),
)  # fmt: skip


def limited_rules(console_id: str, group_id: str) -> list[dict[str, Any]]:
    """The same as `admin_rules`, for who is let in by role."""
    in_group = {"attribute": "identity.group_ids", "operator": "contains_any", "value": [group_id]}
    console = {"attribute": "application.id", "operator": "in", "value": [console_id]}
    return [
        _rule("Administrators by role sign in to the console", "authentication", {"all": [console, in_group]}),
        _rule("Administrators by role add a passkey", "credential_binding", in_group),
    ]
