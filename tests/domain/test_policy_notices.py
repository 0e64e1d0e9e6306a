"""Rules that tell somebody when they match: a mail, written whatever came of the sign-in, and not one a sign-in (docs)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from apps.core import secrets
from apps.policy import services as policy
from apps.policy.services import PolicyDenied
from apps.realms import mail
from apps.realms.models import OutgoingMail
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.racing import race
from tests.world import World, build

pytestmark = pytest.mark.django_db


def rule(action: str, *addresses: str) -> dict[str, Any]:
    notify = {"notify": {"emails": list(addresses)}} if addresses else {}
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


def test_rules_that_name_nobody_tell_nobody(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    publish(world, rule("monitor"), rule("allow"))
    sign_in(world, passkey)
    assert written(world) == []


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_mail_leaves() -> None:
    world = build()
    passkeys = [ceremonies.give_passkey(world, person) for person in world.acme.customers.people.values()]
    publish(world, rule("monitor", "guard@acme.test"), rule("allow"))
    race(*(lambda passkey=passkey: sign_in(world, passkey) for passkey in passkeys))
    assert len(written(world)) == 1
