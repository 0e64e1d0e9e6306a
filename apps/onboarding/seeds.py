"""What a new tenant and a new realm hold (contract/extensions.md §2, §10; wire.md §1.3, §6). Pure data."""

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
