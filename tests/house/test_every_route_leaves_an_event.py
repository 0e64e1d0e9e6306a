"""Whatever the management API says it did, the record says too: every operation that changes something, found in the API's
own description, is asked for with the description's own example, first while no event can be written."""

import json
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from apps.api import description
from apps.api.description import Described
from apps.api.reference_examples import example_of
from apps.events import attempt
from apps.events.models import Event
from tests import ceremonies
from tests.isolation import atlas
from tests.world import World

pytestmark = pytest.mark.django_db

CHANGING = [each for each in description.operations() if each.method != "get"]
# They take a body, and change nothing: what was asked for is worked out and answered.
ASKING = {
    "PreviewEmailTemplate", "EvaluatePolicy", "ReplayPolicy", "RunPolicyTests", "SimulatePolicy", "TestEventStream",
}  # fmt: skip


def answer_to(each: Described, world: World, values: dict[str, str], token: str) -> Any:
    path = each.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    document = description.document()
    schema = (
        document["paths"][each.path][each.method].get("requestBody", {}).get("content", {}).get("application/json", {})
    )
    body = example_of(document, schema["schema"], sent=True) if schema else {}
    headers = {"Authorization": f"Bearer {token}"}
    return Client(raise_request_exception=False).generic(
        each.method.upper(), path, json.dumps(_placed(body, values)), "application/json", headers=headers
    )


def _placed(body: Any, values: dict[str, str]) -> Any:
    """The example with ids that there are."""
    if isinstance(body, dict):
        return {name: values.get(name) or _placed(value, values) for name, value in body.items()}
    return [_placed(each, values) for each in body] if isinstance(body, list) else body


@pytest.mark.parametrize("each", CHANGING, ids=lambda each: each.operation.id)
def test_what_was_done_is_on_record_and_is_not_done_without(
    each: Described, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = ceremonies.management_token(world.ctx, world.acme)
    values = atlas.furnish(world, world.acme.customers)

    def refuse(*rows: Any) -> None:
        if any(isinstance(row, Event) for row in rows):
            raise DatabaseError("no event can be written")
        insert(*rows)

    insert, before = attempt.insert, atlas.fingerprint(world.acme.tenant.pk)
    monkeypatch.setattr(attempt, "insert", refuse)
    unwritten = answer_to(each, world, values, token)
    monkeypatch.setattr(attempt, "insert", insert)
    left = atlas.fingerprint(world.acme.tenant.pk)
    done = answer_to(each, world, values, token)
    if done.status_code != 200 or each.operation.id in ASKING:
        return  # an example that the world does not allow; refusals are the isolation tests' and each noun's own
    assert Event.objects.filter(correlation_id=done["X-Correlation-Id"]).exists()
    assert unwritten.status_code >= 500, "done without its event"
    assert left == before
