"""R/signing-keys (contract/extensions.md §4)."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.applications.services import applications
from apps.core.times import rfc3339
from apps.events.types import EventType
from apps.tokens import keys
from apps.tokens.models import SigningKey
from apps.tokens.services import signing_keys
from tests import ceremonies, record
from tests.faces.api.caller import Caller, read, violations
from tests.faces.api.test_preconditions import at_once
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
    (key,) = SigningKey.objects.filter(realm=world.realm)
    body = read(api.get(KEYS))
    assert body == {
        "signing_keys": [
            {
                "id": key.kid,
                "realm_id": world.realm.pk,
                "tenant_id": world.acme.tenant.pk,
                "algorithm": "ES256",
                "state": "CURRENT",
                "public_jwk": key.public_jwk,
                "create_time": rfc3339(key.created_at),
                "update_time": rfc3339(key.updated_at),
            }
        ],
        "total_size": 1,
    }
    assert set(body["signing_keys"][0]["public_jwk"]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_rotation_makes_a_new_key_and_retires_the_old(world: World, api: Caller) -> None:
    (old,) = read(api.get(KEYS))["signing_keys"]
    body = read(api.post(ROTATE))
    (new,) = body["signing_keys"]
    assert (body["total_size"], new["state"], new["algorithm"]) == (1, "CURRENT", "ES256")
    assert new["id"] != old["id"]
    listed = {key["id"]: key for key in read(api.get(KEYS))["signing_keys"]}
    assert listed[new["id"]] == new
    assert listed[old["id"]]["state"] == "RETIRED"
    assert listed[old["id"]]["published_until_time"] > listed[old["id"]]["retire_time"]
    event = record.last(world.realm, EventType.SIGNING_KEY_CHANGE)
    assert (event.data["action"], event.outcome) == ("ROTATE", "SUCCESS")
    assert event.data["changes"] == {"ES256": [old["id"], new["id"]]}
    assert event.actor_id == str(world.acme.management_api.pk)


def test_every_algorithm_of_the_realm_gets_a_new_key(world: World, api: Caller) -> None:
    config = {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "token_configuration": {"expires_after": 60, "token_signing_algorithm": "EdDSA"},
    }
    applications.create_application(world.ctx, world.realm, display_name="Robot", protocol_config=config)
    made = read(api.post(ROTATE))["signing_keys"]
    assert [key["algorithm"] for key in made] == ["ES256", "EdDSA"]
    assert read(api.get(KEYS))["total_size"] == 4
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
    assert {key["kid"] for key in published["keys"]} == {kid_of(before), kid_of(after)}
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
    SigningKey.objects.filter(kid=old).update(published_until=world.ctx.now - timedelta(seconds=1))
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


@pytest.mark.django_db(transaction=True)
def test_of_rotations_at_once_each_leaves_one_current_key() -> None:
    world = build()
    at_once(4, lambda _: len(signing_keys.rotate_signing_keys(world.ctx, world.realm)))
    states = list(SigningKey.objects.filter(realm=world.realm).values_list("state", flat=True))
    assert sorted(states) == ["current"] + ["retired"] * 4
