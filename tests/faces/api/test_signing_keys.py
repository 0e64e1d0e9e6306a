"""R/signing-keys (contract/extensions.md §4)."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.applications.services import applications
from apps.core.times import rfc3339
from apps.events import kept
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens import jose, key_rotation, keys, tasks, verification
from apps.tokens.models import SigningKey
from apps.tokens.services import signing_keys
from tests import ceremonies, record
from tests.faces.api.caller import Caller, read, violations
from tests.faces.api.test_preconditions import at_once
from tests.racing import race
from tests.world import World, build

KEYS, ROTATE = "/signing-keys", "/signing-keys:rotate"


def kids(world: World) -> set[str]:
    return {key["kid"] for key in keys.jwks(world.realm)["keys"]}


def kid_of(token: str) -> str:
    head = token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


def bobs_token(world: World) -> str:
    passkey = ceremonies.give_passkey(world, world.bob)
    return ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)["access_token"]


def test_a_key_shows_its_public_half_alone(world: World, api: Caller) -> None:
    body = read(api.get(KEYS))
    current, upcoming = SigningKey.objects.filter(realm=world.realm).order_by("state")
    assert body == {
        "signing_keys": [
            {
                "id": key.kid,
                "realm_id": world.realm.pk,
                "tenant_id": world.acme.tenant.pk,
                "algorithm": "ES256",
                "state": state,
                "public_jwk": key.public_jwk,
                "create_time": rfc3339(key.created_at),
                "update_time": rfc3339(key.updated_at),
            }
            for key, state in sorted(((current, "CURRENT"), (upcoming, "NEXT")), key=lambda pair: pair[0].kid)
        ],
        "total_size": 2,
    }
    assert set(body["signing_keys"][0]["public_jwk"]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def by_state(api: Caller) -> dict[str, Any]:
    """One of each, when a realm has one algorithm and was rotated once at most."""
    return {key["state"]: key for key in read(api.get(KEYS))["signing_keys"]}


def test_rotation_promotes_the_next_key_and_retires_the_old(world: World, api: Caller) -> None:
    before = by_state(api)
    body = read(api.post(ROTATE))
    (new,) = body["signing_keys"]
    assert (body["total_size"], new["state"], new["id"]) == (1, "CURRENT", before["NEXT"]["id"])
    after = by_state(api)
    assert after["CURRENT"] == new
    assert after["RETIRED"]["id"] == before["CURRENT"]["id"]
    assert after["RETIRED"]["published_until_time"] > after["RETIRED"]["retire_time"]
    assert after["NEXT"]["id"] not in {key["id"] for key in before.values()}
    event = record.last(world.realm, EventType.SIGNING_KEY_CHANGE)
    assert (event.data["action"], event.outcome) == ("ROTATE", "SUCCESS")
    assert event.data["changes"] == {"ES256": [before["CURRENT"]["id"], new["id"]]}
    assert event.actor_id == str(world.acme.management_api.pk)


def test_every_key_was_published_before_it_signs_and_stays_after_it(world: World, api: Caller) -> None:
    """R18: who keeps our keys for a while never meets one that they do not know."""
    known = kids(world)
    for _ in range(4):
        api.post(ROTATE)
        token = bobs_token(world)
        assert kid_of(token) in known
        known = kids(world)
        assert kid_of(token) in known


def test_every_algorithm_of_the_realm_gets_a_new_key(world: World, api: Caller) -> None:
    config = {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "token_configuration": {"expires_after": 60, "token_signing_algorithm": "EdDSA"},
    }
    applications.create_application(world.ctx, world.realm, display_name="Robot", protocol_config=config)
    made = read(api.post(ROTATE))["signing_keys"]
    assert [key["algorithm"] for key in made] == ["ES256", "EdDSA"]
    assert read(api.get(KEYS))["total_size"] == 6
    for algorithm in ("ES256", "EdDSA"):
        assert keys.current_key(world.realm.pk, algorithm).kid in {key["id"] for key in made}


def test_no_other_realm_is_touched(world: World, api: Caller) -> None:
    others = SigningKey.objects.exclude(realm=world.realm)
    before = list(others.order_by("kid").values_list("kid", "state"))
    api.post(ROTATE)
    assert list(others.order_by("kid").values_list("kid", "state")) == before


def test_what_was_signed_before_stays_good_and_what_comes_is_signed_anew(world: World, api: Caller) -> None:
    before = bobs_token(world)
    (new,) = read(api.post(ROTATE))["signing_keys"]
    after = bobs_token(world)
    assert kid_of(before) != kid_of(after) == new["id"]
    published = Client().get(f"/v1/{world.application.path}/.well-known/jwks.json").json()
    assert {key["kid"] for key in published["keys"]} > {kid_of(before), kid_of(after)}
    userinfo = f"/v1/{world.application.path}/userinfo"
    for token in (before, after):
        assert Client().get(userinfo, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_the_management_api_survives_a_rotation_of_its_own_realm(world: World, api: Caller) -> None:
    admin = api.at(world.acme.admin_realm)
    assert admin.post(ROTATE).status_code == 200
    assert admin.get(KEYS).status_code == 200
    fresh = ceremonies.management_token(world.ctx, world.acme)
    assert kid_of(fresh) != kid_of(api.token)
    assert Caller(api.browser, fresh, world.realm).get(KEYS).status_code == 200


def test_a_retired_key_outlives_the_longest_token_it_signed(world: World) -> None:
    """Also when its application gives out shorter ones by now."""
    long = {"token_configuration": {"expires_after": 30 * 86_400}}
    applications.update_application(world.ctx, world.application, protocol_config=long)
    expires = ceremonies.payload_of(bobs_token(world))["exp"]
    applications.update_application(
        world.ctx, world.application, protocol_config={"token_configuration": {"expires_after": 60}}
    )
    old = keys.current_key(world.realm.pk, "ES256").kid
    signing_keys.rotate_signing_keys(world.ctx, world.realm)
    until = SigningKey.objects.get(kid=old).published_until
    assert until is not None
    assert until.timestamp() > expires


def test_an_hour_is_the_least_for_id_tokens_live_as_long(world: World) -> None:
    old = keys.current_key(world.realm.pk, "ES256").kid
    applications.update_application(
        world.ctx, world.application, protocol_config={"token_configuration": {"expires_after": 60}}
    )
    signing_keys.rotate_signing_keys(world.ctx, world.realm)
    until = SigningKey.objects.get(kid=old).published_until
    assert until is not None
    assert until > world.ctx.now + timedelta(hours=1)


def test_a_key_whose_time_has_come_is_withdrawn_and_then_gone(world: World, api: Caller) -> None:
    old = keys.current_key(world.realm.pk, "ES256").kid
    api.post(ROTATE)
    assert old in kids(world)
    earlier = world.ctx.now - timedelta(hours=2)
    SigningKey.objects.filter(kid=old).update(published_until=earlier, retired_at=earlier)
    assert old not in kids(world)
    assert old not in {key["id"] for key in read(api.get(KEYS))["signing_keys"]}
    api.post(ROTATE)
    assert not SigningKey.objects.filter(kid=old).exists()
    assert record.last(world.realm, EventType.SIGNING_KEY_CHANGE).data["withdrawn"] == 1


@pytest.mark.parametrize(("body", "field"), [({"algorithm": "ES256"}, "algorithm"), ({"x": {}}, "x")])
def test_rotation_takes_no_body(world: World, api: Caller, body: Any, field: str) -> None:
    before = kids(world)
    assert violations(api.post(ROTATE, body)) == [(field, "unknown field")]
    assert kids(world) == before


# --- a key that leaked ----------------------------------------------------------------------------------------------------


def retire(api: Caller, kid: str) -> Any:
    return read(api.post(f"{KEYS}/{kid}:retire"))


def good(world: World, token: str) -> bool:
    userinfo = f"/v1/{world.application.path}/userinfo"
    return Client().get(userinfo, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_leaked_key_leaves_at_once_with_all_it_signed(world: World, api: Caller) -> None:
    token, before = bobs_token(world), by_state(api)
    assert good(world, token)
    body = retire(api, before["CURRENT"]["id"])
    assert (body["state"], body["id"]) == ("RETIRED", before["CURRENT"]["id"])
    assert before["CURRENT"]["id"] not in kids(world)
    assert not good(world, token)
    assert keys.public_key(before["CURRENT"]["id"]) is None
    assert by_state(api)["CURRENT"]["id"] == before["NEXT"]["id"]
    assert len(kids(world)) == 2
    assert good(world, bobs_token(world))
    event = record.events(world.realm, EventType.SIGNING_KEY_CHANGE)[-1]
    assert (event.data["action"], event.outcome) == ("RETIRE", "SUCCESS")
    assert event.data["changes"] == {"ES256": [before["CURRENT"]["id"], before["NEXT"]["id"]]}


def test_a_process_that_has_read_the_key_before_hears_of_it_within_a_second(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other processes of the installation: the record tells them, when they look for it next."""
    kid = keys.current_key(world.realm.pk, "ES256").kid
    assert keys.public_key(kid)
    monkeypatch.setattr(kept, "changed", lambda: None)  # as if another process did it
    signing_keys.retire_signing_key(world.request, keys.get_key(world.realm, kid))
    monkeypatch.setattr(kept, "ASKED_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(kept._stamp, "ask_at", 0.0)
    assert keys.public_key(kid) is None


def test_a_forged_token_of_a_leaked_key_is_refused_everywhere(world: World, api: Caller) -> None:
    """Whoever has the key can sign what they like until it is retired; nothing of it has a row, so it opens nothing."""
    token, leaked = bobs_token(world), keys.current_key(world.realm.pk, "ES256")
    forged = jose.sign({**ceremonies.payload_of(token), "sub": "somebody"}, leaked, typ="at+jwt")
    assert not good(world, forged)
    retire(api, leaked.kid)
    with pytest.raises(jose.TokenRejected):
        jose.verify(forged, verification.find_key, typ="at+jwt", now=world.ctx.now.timestamp())


def test_a_next_key_that_leaked_is_replaced_and_nothing_else_changes(world: World, api: Caller) -> None:
    token, before = bobs_token(world), by_state(api)
    retire(api, before["NEXT"]["id"])
    after = by_state(api)
    assert after["CURRENT"] == before["CURRENT"]
    assert after["NEXT"]["id"] != before["NEXT"]["id"]
    assert good(world, token)


def test_a_retired_key_that_leaked_goes_before_its_time(world: World, api: Caller) -> None:
    old = bobs_token(world)
    api.post(ROTATE)
    new = bobs_token(world)
    retire(api, kid_of(old))
    assert kid_of(old) not in kids(world)
    assert (good(world, old), good(world, new)) == (False, True)


def test_retiring_twice_is_retiring_once(world: World, api: Caller) -> None:
    kid = by_state(api)["CURRENT"]["id"]
    first = retire(api, kid)
    after = kids(world)
    assert retire(api, kid) == first
    assert kids(world) == after


@pytest.mark.parametrize("kid", ["x", "..", "%00", "x" * 500, "é"])
def test_no_key_no_retirement(world: World, api: Caller, kid: str) -> None:
    foreign = keys.current_key(world.acme.staff.realm.pk, "ES256").kid
    before = list(SigningKey.objects.order_by("kid").values_list("kid", "state"))
    for wanted in (kid, foreign):
        assert api.post(f"{KEYS}/{wanted}:retire").status_code in (400, 404)
    assert list(SigningKey.objects.order_by("kid").values_list("kid", "state")) == before


# --- by itself, and by command --------------------------------------------------------------------------------------------


def states(world: World) -> list[str]:
    return sorted(SigningKey.objects.filter(realm=world.realm).values_list("state", flat=True))


def test_maintenance_makes_the_next_keys_that_are_missing(world: World) -> None:
    """Of realms from before there were any, and of RSA, which takes its time."""
    SigningKey.objects.filter(state="next").delete()
    config = {"token_configuration": {"expires_after": 60, "token_signing_algorithm": "RS256"}}
    applications.update_application(world.ctx, world.application, protocol_config=config)
    assert states(world) == ["current", "current"]
    assert tasks.maintain_signing_keys() == 0
    assert states(world) == ["current", "current", "next", "next"]
    made = SigningKey.objects.filter(state="next").count()
    tasks.maintain_signing_keys()
    assert SigningKey.objects.filter(state="next").count() == made
    assert record.last(world.realm, EventType.SIGNING_KEY_CHANGE).data["action"] == "CREATE"


def test_keys_are_rotated_when_they_have_signed_for_ninety_days(world: World) -> None:
    later = world.at(timedelta(days=89))
    assert key_rotation.maintain_signing_keys(later, rotation_days=90) == 0
    later = world.at(timedelta(days=91))
    count = SigningKey.objects.filter(state="current").values("realm").distinct().count()
    assert key_rotation.maintain_signing_keys(later, rotation_days=0) == 0
    assert key_rotation.maintain_signing_keys(later, rotation_days=90) == count
    assert states(world) == ["current", "next", "retired"]
    assert key_rotation.maintain_signing_keys(later, rotation_days=90) == 0
    event = record.last(world.realm, EventType.SIGNING_KEY_CHANGE)
    assert (event.data["action"], event.actor_type) == ("ROTATE", "identity")


def test_nothing_is_rotated_to_a_key_that_was_never_published(world: World) -> None:
    SigningKey.objects.filter(state="next").delete()
    later = world.at(timedelta(days=91))
    assert key_rotation.maintain_signing_keys(later, rotation_days=90) == 0
    assert key_rotation.maintain_signing_keys(world.at(timedelta(days=91, hours=2)), rotation_days=90) > 0


def test_the_command_rotates_one_realm_or_all(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rotate_signing_keys", realm=world.realm.pk)
    assert capsys.readouterr().out == f"{world.realm.pk} ES256 {keys.current_key(world.realm.pk, 'ES256').kid}\n"
    assert states(world) == ["current", "next", "retired"]
    call_command("rotate_signing_keys")
    assert len(capsys.readouterr().out.splitlines()) == Realm.objects.count()
    with pytest.raises(CommandError, match="there is no realm"):
        call_command("rotate_signing_keys", realm="nowhere")


def test_the_command_retires_all_that_may_have_leaked(world: World) -> None:
    token = bobs_token(world)
    call_command("rotate_signing_keys", realm=world.realm.pk)
    before = kids(world)
    assert len(before) == 3
    call_command("rotate_signing_keys", realm=world.realm.pk, retire_now=True)
    assert not kids(world) & before
    assert not good(world, token)
    assert good(world, bobs_token(world))


@pytest.mark.django_db(transaction=True)
def test_of_many_who_do_everything_at_once_one_current_and_one_next_key_are_left() -> None:
    world = build()
    kid = keys.current_key(world.realm.pk, "ES256").kid
    leaked = keys.get_key(world.realm, kid)
    SigningKey.objects.filter(state="next", realm=world.realm).delete()
    race(
        lambda: signing_keys.rotate_signing_keys(world.ctx, world.realm),
        lambda: signing_keys.retire_signing_key(world.ctx, leaked),
        lambda: signing_keys.make_next_key(world.ctx, world.realm, "ES256"),
        times=2,
    )
    left = states(world)
    assert (left.count("current"), left.count("next")) == (1, 1)
    assert kid not in kids(world)


@pytest.mark.django_db(transaction=True)
def test_of_rotations_at_once_each_leaves_one_current_key() -> None:
    world = build()
    at_once(4, lambda _: len(signing_keys.rotate_signing_keys(world.ctx, world.realm)))
    states = list(SigningKey.objects.filter(realm=world.realm).values_list("state", flat=True))
    assert sorted(states) == ["current", "next"] + ["retired"] * 4
