"""Every operation of the management API that changes what there is tells, in the one event it leaves, each field as it was
before and as it is now (contract/extensions.md §7), and nothing of a secret."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.api import description
from apps.api.description import Described
from apps.events.models import Event
from tests import ceremonies
from tests.house import catalogue
from tests.isolation import atlas
from tests.world import World

pytestmark = pytest.mark.django_db

RULES = ["First passkey", "Passkey sign-in"]  # of a new realm
TESTS = [{"name": "Bob", "transaction": {"type": "authentication"}, "expect": {"action": "deny"}}]
ROWS = catalogue.lines(catalogue.WRITTEN)
SECRET = "key-that-nobody-shows-0123456789"  # noqa: S105 - made up
SITE = ({"site": "datadoghq.eu", "service": "identity-cloud"}, {"site": "datadoghq.com", "service": "identity-cloud"})
# operation → (what is sent, what `data` tells of it: [before, after])
CHANGES: dict[str, tuple[Any, dict[str, list[Any]]]] = {
    "UpdateIdentity": ({"identity": {"display_name": "Robert"}}, {"display_name": ["Bob Baker", "Robert"]}),
    "UpdateTenant": ({"tenant": {"display_name": "Acme Ltd"}}, {"display_name": ["Acme", "Acme Ltd"]}),
    "UpdateRealm": (
        {"realm": {"display_name": "Clients", "event_retention_days": 30}},
        {"display_name": ["Customers", "Clients"], "event_retention_days": [90, 30]},
    ),
    "UpdateTheme": ({"theme": {"button_color": "#123456"}}, {"button_color": ["#4450C8", "#123456"]}),
    "UpdateThemeDraft": ({"theme": {"button_color": "#123456"}}, {"button_color": ["#4450C8", "#123456"]}),
    "UpdateGroup": ({"group": {"description": "Guests"}}, {"description": ["Outside staff", "Guests"]}),
    "UpdateResourceServer": ({"resource_server": {"display_name": "Depot"}}, {"display_name": ["Warehouse", "Depot"]}),
    "UpdateRole": ({"role": {"display_name": "Keeper"}}, {"display_name": ["Clerk", "Keeper"]}),
    "UpdateAuthenticatorConfig": (
        {"authenticator_config": {"display_name": "Door"}},
        {"display_name": ["Shop sign-in", "Door"]},
    ),
    "UpdateApplication": ({"application": {"display_name": "Market"}}, {"display_name": ["Shop", "Market"]}),
    "UpdatePolicyDraft": ({"policy": {"rules": []}}, {"rules": [RULES, []]}),
    "UpdatePolicyTests": ({"tests": TESTS}, {"tests": [[], ["Bob"]]}),
    "UpdateEmailTemplate": (
        {"email_template": {"subject": "Hello"}},
        {"subject": ["Create your passkey for {{ organization_name }}", "Hello"]},
    ),
    "UpdateIdentityProvider": (
        {"identity_provider": {"display_name": "Fabrikam", "client_secret": SECRET}},
        {"display_name": ["Contoso", "Fabrikam"]},
    ),
    "UpdateEventStream": (
        {"event_stream": {"settings": {"site": "datadoghq.com", "api_key": SECRET}}}, {"settings": [*SITE]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "each",
    [each for each in description.operations() if each.method in ("patch", "put")],
    ids=lambda each: each.operation.id,
)
def test_what_was_there_before_and_after(each: Described, world: World) -> None:
    sent, changes = CHANGES[each.operation.id]
    path, token = each.path, ceremonies.management_token(world.ctx, world.acme)
    for name, value in atlas.furnish(world, world.acme.customers).items():
        path = path.replace(f"{{{name}}}", value)
    answer = Client().generic(
        each.method.upper(), path, json.dumps(sent), "application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.content
    (event,) = Event.objects.filter(correlation_id=answer["X-Correlation-Id"])
    told = event.data.get("changes", {}) | event.data.get("personal", {}).get("changes", {})
    told = {name: [_unnamed(value) for value in pair] for name, pair in told.items()}
    assert (event.outcome, told) == ("SUCCESS", changes)
    assert {f"{event.type} {event.data['action']}", f"{event.type} …"} & ROWS[_row(each)]
    assert event.targets or event.type == "POLICY_CHANGE"  # a realm has one
    assert SECRET not in json.dumps(event.data)


def _unnamed(value: Any) -> Any:
    """A policy's rules by their names."""
    is_list_of_rules = isinstance(value, list) and value and isinstance(value[0], dict)
    return [each["name"] for each in value] if is_list_of_rules else value


def _row(each: Described) -> str:
    template = f"{each.method.upper()} {each.path.removeprefix('/')}"
    return template.replace("v1/tenants/{tenant_id}/realms/{realm_id}", "R").replace("v1/tenants/{tenant_id}", "T")
