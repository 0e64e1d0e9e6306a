"""What the tests of the console's policy fill in and send."""

from typing import Any

import pytest
from django.test import Client

from tests.world import World


@pytest.fixture
def rules(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/policy"


@pytest.fixture
def admin_rules(world: World) -> str:
    return f"/console/realms/{world.acme.admin_realm.pk}/policy"


def filled(client: Client, url: str, **fields: Any) -> dict[str, Any]:
    """The form as the page offers it, with some of it filled in."""
    form = client.get(url).context["form"]
    offered = {name: form[name].value() for name in form.fields}
    for row in getattr(form, "rows", ()):
        offered.setdefault("row_attribute", []).append(row.attribute)
        offered.setdefault("row_operator", []).append(row.operator)
        offered.setdefault("row_value", []).append(row.text)
    return {name: value for name, value in {**offered, **fields}.items() if value not in (None, "")}


def add(client: Client, rules: str, **fields: Any) -> Any:
    given = {"name": "Contractors stay out", "action": "deny", "message": "Ask your manager.", "place": "0", **fields}
    return client.post(f"{rules}/rules/new", filled(client, f"{rules}/rules/new", **given))


def publish(client: Client, rules: str, **fields: str) -> Any:
    return client.post(f"{rules}/publish", filled(client, f"{rules}/publish", **fields))
