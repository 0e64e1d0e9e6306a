"""Rules that tell somebody when they match, by mail or by an alert that event streams carry: whatever came of the sign-in,
and not once a sign-in (docs/policy.md)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from apps.core import secrets
from apps.events.types import EventType
from apps.policy import services as policy
from apps.policy.models import PolicyNotice
from apps.policy.services import PolicyDenied
from apps.realms import mail
from apps.realms.models import OutgoingMail
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.racing import race
from tests.world import World, build

pytestmark = pytest.mark.django_db


def rule(action: str, *addresses: str, alert: bool = False) -> dict[str, Any]:
    told = {**({"emails": list(addresses)} if addresses else {}), **({"alert": True} if alert else {})}
    notify = {"notify": told} if told else {}
    return {
        "id": action, "name": f"<{action}>", "transaction": "authentication", "condition": {},
        "action": {"type": action}, **notify,
    }  # fmt: skip


def publish(world: World, *rules: Any) -> None:
    policy.save_draft(world.ctx, world.realm, list(rules))
    policy.publish_draft(world.ctx, world.realm)


def sign_in(world: World, passkey: SoftPasskey, minutes: int = 0) -> None:
    shifted = world.at(timedelta(minutes=minutes)).acting_as(world.visitor.actor)
    ceremonies.tokens_for(shifted, ceremonies.client_of(world), passkey)


def written(world: World) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(realm=world.realm, kind="policy_notice").order_by("id"))


def test_who_is_named_is_told_of_what_was_noticed_at_most_every_quarter_of_an_hour(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    publish(world, rule("monitor", "guard@acme.test", "chief@acme.test"), rule("allow"))
    for minutes in (0, 5, 14):
        sign_in(world, passkey, minutes)
    assert [row.recipient for row in written(world)] == ["guard@acme.test", "chief@acme.test"]
    sign_in(world, passkey, 16)
    assert len(written(world)) == 4
    message = json.loads(secrets.unseal(written(world)[0].sealed_content, mail._purpose(written(world)[0])))
    assert message["subject"] == "Noticed by “<monitor>”"
    assert "Bob Baker" in message["text"]
    assert "&lt;monitor&gt;" in message["html"]


def test_a_refusal_rolls_everything_back_but_the_mail(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    publish(world, rule("monitor", "guard@acme.test"), rule("deny", "chief@acme.test"))
    for _ in range(2):
        with pytest.raises(PolicyDenied):
            sign_in(world, passkey)
    assert [row.recipient for row in written(world)] == ["guard@acme.test", "chief@acme.test"]


def alerts(world: World) -> list[list[str] | None]:
    """Of every sign-in that was decided, which rules alerted."""
    asked = record.events(world.realm, EventType.POLICY_EVALUATION)
    return [each.data.get("alert") for each in asked if each.data["input"]["type"] == "authentication"]


def test_the_event_of_a_match_is_marked_at_most_every_quarter_of_an_hour(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    publish(world, rule("monitor", "guard@acme.test", alert=True), rule("allow"))
    for minutes in (0, 5, 16):
        sign_in(world, passkey, minutes)
    assert alerts(world) == [["monitor"], None, ["monitor"]]
    assert len(written(world)) == 2  # mail and alert are told together, or neither


def test_a_refusal_is_marked_although_it_rolls_everything_back(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    publish(world, rule("monitor", alert=True), rule("deny", alert=True))
    for _ in range(2):
        with pytest.raises(PolicyDenied):
            sign_in(world, passkey)
    assert alerts(world) == [["monitor", "deny"], None]
    assert PolicyNotice.objects.filter(realm=world.realm).count() == 2


def test_rules_that_name_nobody_tell_nobody(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    publish(world, rule("monitor"), rule("allow"))
    sign_in(world, passkey)
    assert written(world) == []
    assert alerts(world) == [None]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_mail_and_one_alert_leave() -> None:
    world = build()
    passkeys = [ceremonies.give_passkey(world, person) for person in world.acme.customers.people.values()]
    publish(world, rule("monitor", "guard@acme.test", alert=True), rule("allow"))
    race(*(lambda passkey=passkey: sign_in(world, passkey) for passkey in passkeys))
    assert len(written(world)) == 1
    assert [each for each in alerts(world) if each] == [["monitor"]]
