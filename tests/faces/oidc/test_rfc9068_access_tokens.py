"""Access tokens (RFC 9068; contract/wire.md §2): their claims, how long, for whom (RFC 8707), and what a client adds."""

import json
from typing import Any

import pytest
from django.http import HttpResponse

from apps.applications.models import AccessToken
from apps.applications.services import applications, resource_servers
from apps.tokens import jose, verification
from tests.ceremonies import Client, forge, payload_of
from tests.faces.oidc.shop import Shop

ORDERS = "https://orders.test"
TOKENS = {"expires_after": 3600, "token_signing_algorithm": "ES256"}


@pytest.fixture
def machine(shop: Shop) -> Shop:
    """A program with a resource server, and a lifetime of an hour."""
    world = shop.world
    server = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Orders", identifier=ORDERS, scopes=["read", "write"]
    )
    config = {"type": "oauth2", "grant_type": ["client_credentials"], "allowed_scopes": ["read", "write"]}
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Machine",
        protocol_config={**config, "token_configuration": TOKENS},
        resource_server=server,
    )
    shop.party = Client(made.application, made.client_secret)
    return shop


def ask(shop: Shop, **further: str) -> HttpResponse:
    return shop.token({"grant_type": "client_credentials", **further}, **shop.basic())


def claims(shop: Shop, **further: str) -> dict[str, Any]:
    answer = ask(shop, **further)
    assert answer.status_code == 200, answer.content
    return payload_of(answer.json()["access_token"])


def refused(response: HttpResponse, error: str) -> None:
    assert (response.status_code, response.json()["error"]) == (400, error), response.content


def test_the_claims_of_a_machines_token(machine: Shop) -> None:
    said, application = claims(machine), machine.application
    assert said.pop("jti")
    assert said.pop("exp") - said.pop("iat") == 3600
    assert said.pop("nbf")
    assert said == {
        "iss": machine.issuer,
        "sub": str(application.pk),
        "aud": [application.client_id, ORDERS],
        "scope": "read write",
        "client_id": application.client_id,
        "azp": application.path,
        "bi_p": application.path,
        "bi_t": application.tenant_id,
        "bi_r": application.realm_id,
        "bi_ty": "client_credentials",
        "bi_s": "",
    }


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_every_algorithm_signs_and_verifies(shop: Shop, algorithm: str) -> None:
    shop.register(token_configuration={"expires_after": 60, "token_signing_algorithm": algorithm})
    tokens = shop.tokens()
    now = shop.world.ctx.now.timestamp()
    for name, typ in (("access_token", "at+jwt"), ("id_token", "JWT")):
        assert jose.verify(tokens[name], verification.find_key, typ=typ, now=now)["iss"] == shop.issuer
        with pytest.raises(jose.TokenRejected):
            jose.verify(forge(tokens[name], claims={"sub": "eve"}), verification.find_key, typ=typ, now=now)
    assert shop.userinfo(tokens["access_token"]).status_code == 200


# --- expiration_time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [1, 60, 3599, 3600])
def test_a_token_may_be_asked_for_that_ends_sooner(machine: Shop, seconds: int) -> None:
    answer = ask(machine, expiration_time=str(seconds)).json()
    said = payload_of(answer["access_token"])
    assert answer["expires_in"] == said["exp"] - said["iat"] == seconds


@pytest.mark.parametrize("wrong", ["0", "-1", "3601", "9" * 30, "1.5", "1e3", "x", "٣", " 60", "0x10", "\x00", "60,60"])
def test_nothing_else_is_a_lifetime(machine: Shop, wrong: str) -> None:
    refused(ask(machine, expiration_time=wrong), "invalid_request")


def test_a_code_may_be_redeemed_for_a_shorter_one(shop: Shop) -> None:
    answer = shop.token(shop.form(expiration_time="60")).json()
    assert answer["expires_in"] == 60


# --- custom_claims ------------------------------------------------------------------------------------------------------


def test_custom_claims_stand_apart_from_ours(machine: Shop) -> None:
    own = {"sub": "eve", "scope": "admin", "nested": {"list": [1, None, True, "é"]}}
    said = claims(machine, custom_claims=json.dumps(own))
    assert said["bi_custom"] == own
    assert (said["sub"], said["scope"]) == (str(machine.application.pk), "read write")
    assert "bi_custom" not in claims(machine)


def test_a_code_brings_them_too(shop: Shop) -> None:
    answer = shop.token(shop.form(custom_claims='{"cart": 7}')).json()
    assert payload_of(answer["access_token"])["bi_custom"] == {"cart": 7}
    assert "bi_custom" not in payload_of(answer["id_token"])


def test_a_referential_token_keeps_them(machine: Shop) -> None:
    machine.application.token_format = "referential"
    machine.application.save(update_fields=["token_format"])
    ask(machine, custom_claims='{"cart": "\\u00e9"}')
    assert AccessToken.objects.get().claims["bi_custom"] == {"cart": "é"}


@pytest.mark.parametrize(
    "wrong",
    [
        "x", "[]", '"a"', "1", "null", "{", '{"a":1,"a":2}', '{"a":NaN}', '{"a":Infinity}', '{"a":1e999}',
        '{"a":"\\u0000"}', '{"\\u0000":1}', '{"a":"\\ud800"}', '{"a":' + "[" * 40 + "]" * 40 + "}",
        '{"a":' + "[" * 2000 + "]" * 2000 + "}", '{"a":"' + "x" * 4096 + '"}', "\x00",
    ],
)  # fmt: skip
def test_what_is_no_small_object_is_refused(machine: Shop, wrong: str) -> None:
    refused(ask(machine, custom_claims=wrong), "invalid_request")


def test_a_public_client_adds_nothing(shop: Shop) -> None:
    shop.register(confidentiality="public")
    refused(shop.token(shop.form(custom_claims='{"role": "admin"}')), "invalid_request")


# --- resource (RFC 8707) --------------------------------------------------------------------------------------------------


def test_a_token_is_for_the_resource_alone_when_it_is_named(machine: Shop) -> None:
    assert claims(machine, resource=ORDERS)["aud"] == [ORDERS]
    twice = f"grant_type=client_credentials&resource={ORDERS}&resource={ORDERS}"
    answer = machine.token(twice, **machine.basic())
    assert payload_of(answer.json()["access_token"])["aud"] == [ORDERS]


@pytest.mark.parametrize("resource", ["https://bills.test", "x", f"{ORDERS}/", f"{ORDERS}#a", ORDERS.upper(), "\x00"])
def test_an_unknown_resource_is_no_target(machine: Shop, resource: str) -> None:
    refused(ask(machine, resource=resource), "invalid_target")
    both = f"grant_type=client_credentials&resource={ORDERS}&resource=https://bills.test"
    refused(machine.token(both, **machine.basic()), "invalid_target")


def test_without_a_resource_server_there_is_no_resource(shop: Shop) -> None:
    refused(shop.token(shop.form(resource=ORDERS)), "invalid_target")
    assert shop.codes_left() == 1


def test_what_another_realm_has_is_no_target_here(machine: Shop) -> None:
    world = machine.world
    resource_servers.create_resource_server(
        world.ctx, world.acme.staff.realm, display_name="Bills", identifier="https://bills.test", scopes=[]
    )
    refused(ask(machine, resource="https://bills.test"), "invalid_target")


# --- where it reaches -----------------------------------------------------------------------------------------------------


def test_a_management_token_says_which_realms_it_reaches(shop: Shop) -> None:
    world = shop.world
    shop.party = Client(world.acme.management_api, world.acme.management_secret)
    assert claims(shop)["bi_r"] == "*"
    shop.application.target_realm = world.realm
    shop.application.save(update_fields=["target_realm"])
    answer = ask(shop).json()["access_token"]
    assert payload_of(answer)["bi_r"] == world.realm.pk
    for realm, status in ((world.realm, 200), (world.acme.staff.realm, 404), (world.acme.admin_realm, 404)):
        path = f"/v1/tenants/{realm.tenant_id}/realms/{realm.pk}/identities"
        assert shop.browser.get(path, headers={"Authorization": f"Bearer {answer}"}).status_code == status
