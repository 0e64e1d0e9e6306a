"""Rules for the admin realm are tried on whoever publishes them, with the facts of their last sign-in to the console."""

from typing import Any

import pytest

from apps.authentication import sessions
from apps.authentication.lockout import WouldLockOut
from apps.core.context import Actor, ActorType
from apps.events.types import EventType
from apps.policy import selectors
from apps.policy import services as policy
from tests import ceremonies, record
from tests.world import World

pytestmark = pytest.mark.django_db


def rule(action: str, condition: Any = None, transaction: str = "authentication") -> dict[str, Any]:
    return {"id": action, "transaction": transaction, "condition": condition or {}, "action": {"type": action}}


def publish(world: World, *rules: Any, realm: Any = None, ctx: Any = None) -> int:
    realm, ctx = realm or world.acme.admin_realm, ctx or world.ctx
    policy.save_draft(ctx, realm, list(rules))
    return policy.publish_draft(ctx, realm).version


def with_binding(*kinds: str) -> dict[str, Any]:
    return {"attribute": "credential.binding", "operator": "in", "value": list(kinds)}


def sign_ada_in(world: World, **properties: Any) -> None:
    passkey = ceremonies.give_passkey(world, world.ada, **properties)
    answer = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world, world.acme.console), passkey)
    session_id = ceremonies.payload_of(answer["id_token"])["sid"]
    sessions.start_console_session(world.ctx, world.acme.console, session_id=session_id, identity_id=world.ada.pk)


@pytest.mark.parametrize("rules", [[], [rule("deny")], [rule("monitor")], [rule("allow", None, "add_device")]])
def test_rules_that_refuse_the_publisher_are_refused(world: World, rules: list[Any]) -> None:
    with pytest.raises(WouldLockOut):
        publish(world, *rules)
    assert selectors.published(world.acme.admin_realm).version == 1
    assert selectors.has_unpublished_changes(world.acme.admin_realm)
    assert record.last(world.acme.admin_realm, EventType.POLICY_CHANGE).outcome == "WOULD_LOCK_OUT"


def test_rules_that_let_the_publisher_in_are_published(world: World) -> None:
    assert publish(world, rule("allow")) == 2


def test_the_publishers_own_passkey_is_what_counts(world: World) -> None:
    sign_ada_in(world, backup_eligible=True)
    with pytest.raises(WouldLockOut):
        publish(world, rule("allow", with_binding("hardware")))
    assert publish(world, rule("allow", with_binding("synced"))) == 2


def test_who_never_signed_in_is_taken_with_a_hardware_passkey(world: World) -> None:
    assert publish(world, rule("allow", with_binding("hardware"))) == 2


def test_the_address_it_is_published_from_counts(world: World) -> None:
    elsewhere = {"attribute": "request.ip", "operator": "not_in_cidr", "value": ["203.0.113.0/24"]}
    with pytest.raises(WouldLockOut):
        publish(world, rule("allow", elsewhere))


def test_other_realms_and_other_publishers_are_not_guarded(world: World) -> None:
    assert publish(world, rule("deny"), realm=world.realm) == 2
    robot = world.ctx.acting_as(Actor(ActorType.APPLICATION, "robot", "Robot"))
    assert publish(world, rule("deny"), ctx=robot) == 2
