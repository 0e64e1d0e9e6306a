"""Rules for the admin realm are tried on whoever publishes them, with the facts of their last sign-in to the console."""

from dataclasses import replace
from typing import Any

import pytest

from apps.authentication.lockout import WouldLockOut
from apps.authentication.services import sessions
from apps.core.context import Actor, ActorType, Client
from apps.credentials.selectors import active_credentials_of
from apps.credentials.services import passkeys
from apps.directory import traits
from apps.directory.models import Group, Identity
from apps.directory.services import groups, identities
from apps.events.attempt import record as write
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


def test_who_cannot_show_a_face_or_finger_is_not_let_in_by_a_rule_that_wants_one(world: World) -> None:
    """The last sign-in, as the record tells it, was by a code from a mail; a passkey that checks its owner came after it."""
    console, realm = world.acme.console, world.acme.admin_realm
    told = {"application.id": str(console.pk), "credential.method": "otp", "credential.user_verified": False}
    write(
        world.ctx, EventType.POLICY_EVALUATION, realm, outcome="ALLOW",
        input={"type": "authentication", "attributes": told}, decision={"action": "allow"},
    )  # fmt: skip
    for action in ("allow_with_os_verification", "allow_with_biometric"):
        with pytest.raises(WouldLockOut):
            publish(world, rule(action))
    ceremonies.give_passkey(world, world.ada)
    assert publish(world, rule("allow_with_biometric")) == 2
    with pytest.raises(WouldLockOut):
        publish(world, rule("allow_with_biometric", with_method("otp")))


def with_method(*methods: str) -> dict[str, Any]:
    return {"attribute": "credential.method", "operator": "in", "value": list(methods)}


def test_the_address_it_is_published_from_counts(world: World) -> None:
    elsewhere = {"attribute": "request.ip", "operator": "not_in_cidr", "value": ["203.0.113.0/24"]}
    with pytest.raises(WouldLockOut):
        publish(world, rule("allow", elsewhere))


def test_other_realms_are_not_guarded_and_programs_are(world: World) -> None:
    assert publish(world, rule("deny"), realm=world.realm) == 2
    robot = world.ctx.acting_as(Actor(ActorType.APPLICATION, "robot", "Robot"))
    with pytest.raises(WouldLockOut):
        publish(world, rule("deny"), ctx=robot)


# --- several administrators ---------------------------------------------------------------------------------------------


@pytest.fixture
def second(world: World) -> Identity:
    """Another administrator, who never signed in."""
    realm = world.acme.admin_realm
    identity = identities.create_identity(
        world.ctx,
        realm,
        display_name="Bea",
        traits=traits.parse({"type": traits.TYPE, "username": "bea"}, creating=True),
    )
    groups.add_members(world.ctx, administrators(world), [identity.pk])
    return identity


def administrators(world: World) -> Group:
    return Group.objects.get(realm=world.acme.admin_realm, is_managed=True)


def only(identity: Identity) -> dict[str, Any]:
    return rule("allow", {"attribute": "identity.id", "operator": "in", "value": [identity.pk]})


def test_rules_that_shut_some_out_need_a_confirmation(world: World, second: Identity) -> None:
    with pytest.raises(WouldLockOut) as refused:
        publish(world, only(world.ada))
    assert refused.value.facts["identity_ids"] == [second.pk]
    assert policy.publish_draft(world.ctx, world.acme.admin_realm, confirm_lockout=True).version == 2
    assert publish(world, only(world.ada), rule("monitor")) == 3  # nobody is shut out who was not already


def test_rules_that_shut_everybody_out_are_refused_whatever_is_confirmed(world: World, second: Identity) -> None:
    policy.save_draft(world.ctx, world.acme.admin_realm, [rule("deny")])
    with pytest.raises(WouldLockOut) as refused:
        policy.publish_draft(world.ctx, world.acme.admin_realm, confirm_lockout=True)
    assert set(refused.value.facts["identity_ids"]) == {world.ada.pk, second.pk}


def test_an_administrator_whom_the_rules_need_cannot_leave(world: World, second: Identity) -> None:
    policy.save_draft(world.ctx, world.acme.admin_realm, [only(second)])
    policy.publish_draft(world.ctx, world.acme.admin_realm, confirm_lockout=True)
    robot = world.ctx.acting_as(Actor(ActorType.APPLICATION, "robot", "Robot"))
    for leave in (
        lambda: groups.remove_members(world.ctx, administrators(world), [second.pk]),
        lambda: identities.suspend_identity(robot, second),
        lambda: identities.delete_identity(robot, second),
        lambda: identities.delete_identities(robot, world.acme.admin_realm, [second.pk]),
    ):
        with pytest.raises(WouldLockOut) as refused:
            leave()
        assert refused.value.facts["identity_ids"] == [second.pk]
    groups.remove_members(world.ctx, administrators(world), [world.ada.pk])


def test_the_time_and_address_of_the_last_sign_in_count_and_a_revoked_passkey_does_not(world: World) -> None:
    sign_ada_in(world, backup_eligible=True)
    elsewhere = replace(world.ctx, client=Client(ip="198.51.100.9"))
    desk = {"attribute": "request.ip", "operator": "in_cidr", "value": ["203.0.113.0/24"]}
    assert publish(world, rule("allow", {"all": [desk, with_binding("synced")]}), ctx=elsewhere) == 2
    passkeys.revoke_credential(world.ctx, active_credentials_of(world.ada).get())
    with pytest.raises(WouldLockOut):
        publish(world, rule("allow", with_binding("synced")))
    assert publish(world, rule("allow", with_binding("hardware"))) == 3
