"""Introspection (RFC 7662): what a token is worth today, told to those it concerns and to nobody else."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse

from apps.applications.models import AccessToken, Application
from apps.applications.services import applications, resource_servers, roles
from apps.core import secrets
from apps.directory.services import identities
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens.services import revocation
from apps.web import limits
from tests import ceremonies, record
from tests.ceremonies import Client, payload_of
from tests.faces.oidc import keyed
from tests.faces.oidc.keyed import KeyedShop
from tests.faces.oidc.shop import FORM, Shop

SELF_CONTAINED = {"expires_after": 3600, "token_signing_algorithm": "ES256"}
RENEWING = {**SELF_CONTAINED, "refresh_token": {"enabled": True}}
INACTIVE = {"active": False}


def ask(shop: Shop, form: dict[str, str] | bytes, path: str = "", content_type: str = FORM, **headers: str) -> Any:
    body = urlencode(form) if isinstance(form, dict) else form
    return shop.browser.post(path or shop.path("introspect"), body, content_type=content_type, headers=headers)


def of_realm(realm: Realm) -> str:
    return f"/v1/tenants/{realm.tenant_id}/realms/{realm.pk}/introspect"


def by(party: Client, token: str, **further: str) -> dict[str, str]:
    return {"token": token, "client_id": party.application.client_id, "client_secret": party.secret, **further}


def told(response: HttpResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    assert response["Cache-Control"] == "no-store"
    return response.json()


def management(shop: Shop, scope: str = "tokens:introspect", company: Any = None) -> dict[str, str]:
    token = ceremonies.management_token(shop.world.request, company or shop.world.acme, scope=scope)
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def orders(shop: Shop) -> tuple[Shop, Any]:
    """Bob may read orders and write them; the shop asks for both."""
    world = shop.world
    server = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Orders", identifier="https://orders.test", scopes=["read", "write"]
    )
    role = roles.create_role(world.ctx, server, display_name="Clerk")
    roles.add_scopes(world.ctx, role, ["read", "write"])
    roles.add_members(world.ctx, role, identity_ids=[world.bob.pk])
    shop.register(resource_server=server, allowed_scopes=["read", "write"], token_configuration=RENEWING)
    return shop, role


def service(shop: Shop, server: Any = None, realm: Realm | None = None, **config: Any) -> Client:
    """A program that people do not sign in to."""
    made = applications.create_application(
        shop.world.ctx,
        realm or shop.world.realm,
        display_name="Service",
        protocol_config={
            "type": "oauth2", "grant_type": ["client_credentials"], "token_configuration": SELF_CONTAINED, **config,
        },
        resource_server=server,
    )  # fmt: skip
    return Client(made.application, made.client_secret)


# --- what is told ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("realm_level", [True, False])
def test_the_client_itself_learns_all_that_the_token_says(shop: Shop, realm_level: bool) -> None:
    token = shop.tokens()["access_token"]
    path = of_realm(shop.world.realm) if realm_level else ""
    said = told(ask(shop, by(shop.party, token), path))
    assert said == {**payload_of(token), "active": True, "token_type": "Bearer", "username": "bob"}
    assert {"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "bi_p", "bi_t", "bi_r"} <= set(said)
    assert told(ask(shop, {"token": token}, path, **shop.basic())) == said


def test_hints_change_nothing(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    for hint in ("access_token", "refresh_token", "nonsense"):
        assert told(ask(shop, by(shop.party, token, token_type_hint=hint)))["active"] is True


def test_a_machines_token_speaks_of_the_application(shop: Shop) -> None:
    party = service(shop)
    shop.party = party
    token = shop.token({"grant_type": "client_credentials"}, **shop.basic()).json()["access_token"]
    said = told(ask(shop, by(party, token)))
    assert (said["sub"], said["bi_ty"]) == (str(party.application.pk), "client_credentials")
    assert "username" not in said


def test_scopes_are_todays(orders: tuple[Shop, Any]) -> None:
    shop, role = orders
    token = shop.tokens(scope="openid read write")["access_token"]
    assert told(ask(shop, by(shop.party, token)))["scope"] == "openid read write"
    roles.remove_scopes(shop.world.ctx, role, ["write"])
    assert told(ask(shop, by(shop.party, token)))["scope"] == "openid read"
    roles.remove_members(shop.world.ctx, role, identity_ids=[shop.world.bob.pk])
    assert told(ask(shop, by(shop.party, token)))["scope"] == "openid"


def test_a_refresh_token_is_told_of_to_its_own_client(orders: tuple[Shop, Any]) -> None:
    shop, _ = orders
    token = shop.tokens(scope="openid read")["refresh_token"]
    said = told(ask(shop, by(shop.party, token, token_type_hint="refresh_token")))
    assert (said["active"], said["token_type"], said["scope"]) == (True, "refresh_token", "openid read")
    assert (said["sub"], said["client_id"]) == (shop.world.bob.pk, shop.application.client_id)
    other = service(shop, shop.application.resource_server)
    assert told(ask(shop, by(other, token))) == INACTIVE
    assert told(ask(shop, {"token": token}, **management(shop))) == INACTIVE
    revocation.revoke_token(shop.world.request, shop.application, token)
    assert told(ask(shop, by(shop.party, token))) == INACTIVE


# --- what is over ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["x", "\x00", "a.b.c", "a.b.c.d.e", "é", "x" * 20_000, "ey" + "J" * 60_000])
def test_what_is_no_token_is_inactive_and_no_more_is_said(shop: Shop, token: str) -> None:
    assert told(ask(shop, by(shop.party, token))) == INACTIVE


def test_what_is_over_is_inactive(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    revocation.revoke_token(shop.world.request, shop.application, token)
    assert told(ask(shop, by(shop.party, token))) == INACTIVE
    late = shop.tokens()["access_token"]
    AccessToken.objects.update(expires=shop.world.ctx.now)
    assert told(ask(shop, by(shop.party, late))) == INACTIVE


def test_a_suspended_persons_is_inactive(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    identities.suspend_identity(shop.world.ctx, shop.world.bob)
    assert told(ask(shop, by(shop.party, token))) == INACTIVE


def test_an_id_token_is_no_access_token(shop: Shop) -> None:
    assert told(ask(shop, by(shop.party, shop.tokens()["id_token"]))) == INACTIVE


# --- who is told ----------------------------------------------------------------------------------------------------


def test_who_serves_the_resource_server_is_told_and_who_does_not_is_not(orders: tuple[Shop, Any]) -> None:
    shop, _ = orders
    token = shop.tokens(scope="openid read")["access_token"]
    server = shop.application.resource_server
    assert told(ask(shop, by(service(shop, server), token)))["active"] is True
    other = resource_servers.create_resource_server(
        shop.world.ctx, shop.world.realm, display_name="Bills", identifier="https://bills.test", scopes=[]
    )
    assert told(ask(shop, by(service(shop, other), token))) == INACTIVE
    assert told(ask(shop, by(service(shop), token))) == INACTIVE


def test_another_realm_is_told_nothing(shop: Shop) -> None:
    world, token = shop.world, shop.tokens()["access_token"]
    for place in (world.acme.staff, world.evil.customers):
        party = Client(place.application, place.client_secret)
        assert told(ask(shop, by(party, token), of_realm(place.realm))) == INACTIVE
        refused = ask(shop, by(party, token), of_realm(world.realm))
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    wanderer = service(shop, realm=world.acme.staff.realm)
    assert told(ask(shop, by(wanderer, token), of_realm(world.acme.staff.realm))) == INACTIVE


def test_a_management_token_with_the_scope_is_told_of_every_token_of_the_realm(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    said = told(ask(shop, {"token": token}, of_realm(shop.world.realm), **management(shop)))
    assert said["active"] is True
    assert said["sub"] == shop.world.bob.pk
    assert told(ask(shop, {"token": token}, of_realm(shop.world.acme.staff.realm), **management(shop))) == INACTIVE


def test_a_management_token_without_it_or_of_another_tenant_is_told_nothing(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    for headers in (management(shop, "tokens:read"), management(shop, company=shop.world.evil)):
        answer = ask(shop, {"token": token}, **headers)
        assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
        assert "active" not in answer.json()
    denied = record.last(shop.world.evil.admin_realm, EventType.API_REQUEST_DENIED)
    assert (denied.outcome, denied.data["operation"]) == ("FOREIGN_TENANT", "IntrospectToken")


def test_no_other_access_token_opens_it(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    for shown in (token, "x", ""):
        answer = ask(shop, {"token": token}, Authorization=f"Bearer {shown}")
        assert answer.status_code == 401
        assert answer.has_header("WWW-Authenticate")


@pytest.mark.parametrize(
    "changes",
    [{"client_secret": "wrong"}, {"client_secret": ""}, {"client_id": "nobody"}, {"client_id": "\x00"}],
)
def test_only_a_client_that_proves_itself_is_told(shop: Shop, changes: dict[str, str]) -> None:
    token = shop.tokens()["access_token"]
    answer = ask(shop, {**by(shop.party, token), **changes})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.has_header("WWW-Authenticate")
    denied = record.last(shop.world.realm, EventType.API_REQUEST_DENIED)
    assert (denied.outcome, denied.data["operation"]) == ("INVALID_CLIENT", "IntrospectToken")


def test_a_public_client_has_no_proof(shop: Shop) -> None:
    shop.register(confidentiality="public")
    token = shop.tokens()["access_token"]
    answer = ask(shop, {"token": token, "client_id": shop.application.client_id})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_guessing_is_slowed_down(shop: Shop) -> None:
    for _ in range(limits.FAILED_CLIENTS.requests):
        assert ask(shop, {**by(shop.party, "x"), "client_secret": "guess"}).status_code == 401
    assert ask(shop, {**by(shop.party, "x"), "client_secret": "guess"}).status_code == 429


def test_it_is_posted_as_a_form_and_in_no_other_way(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    for path in (shop.path("introspect"), of_realm(shop.world.realm)):
        for method in ("get", "put", "delete"):
            assert getattr(shop.browser, method)(f"{path}?token={token}").status_code == 405
    assert ask(shop, b'{"token": "x"}', content_type="application/json").status_code == 400
    assert ask(shop, b"\xff").status_code == 400
    for form in (b"", urlencode({**by(shop.party, "x")}).encode() + b"&token=y"):
        assert ask(shop, form).json()["error"] == "invalid_request"


def test_an_unknown_realm_or_issuer_is_404(shop: Shop) -> None:
    world = shop.world
    foreign = f"/v1/tenants/{world.evil.tenant.pk}/realms/{world.realm.pk}/introspect"
    assert ask(shop, by(shop.party, "x"), foreign).status_code == 404
    assert ask(shop, by(shop.party, "x"), shop.path("introspect").replace(world.realm.pk, "0" * 16)).status_code == 404


def test_being_asked_about_is_being_used(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    told(ask(shop, by(shop.party, token)))
    assert AccessToken.objects.get(jti=payload_of(token)["jti"]).last_used_at


def test_a_pairwise_subject_stays_one(shop: Shop) -> None:
    shop.register(subject_type="pairwise")
    token = shop.tokens()["access_token"]
    said = told(ask(shop, by(shop.party, token)))
    assert "username" not in said
    assert shop.world.bob.pk not in str(said)
    assert Application.objects.get(pk=shop.application.pk).subject_type == "pairwise"


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def keyed_shop(shop: Shop) -> KeyedShop:
    """A client that proves itself with a key, and binds its tokens to another."""
    return keyed.register(shop.world, shop.browser)


def test_a_client_may_prove_itself_with_its_key_and_no_assertion_twice(keyed_shop: KeyedShop) -> None:
    token = keyed_shop.bound_tokens()["access_token"]
    form = {"token": token, **keyed_shop.holder.client(keyed_shop.application)}
    assert told(keyed_shop.post("introspect", form))["active"] is True
    again = keyed_shop.post("introspect", form)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    form = {"token": token, **keyed_shop.holder.client(keyed_shop.application)}
    assert keyed_shop.post("revoke", form).status_code == 200
    form = {"token": token, **keyed_shop.holder.client(keyed_shop.application)}
    assert told(keyed_shop.post("introspect", form)) == INACTIVE


def test_a_bound_token_tells_which_key_it_is_bound_to(keyed_shop: KeyedShop) -> None:
    token = keyed_shop.bound_tokens()["access_token"]
    form = {"token": token, **keyed_shop.holder.client(keyed_shop.application)}
    said = told(keyed_shop.post("introspect", form))
    assert (said["token_type"], said["cnf"]) == ("DPoP", payload_of(token)["cnf"])


@pytest.mark.parametrize("claimed", ["\ud800", "a\x00b", "x" * 10_000])
def test_an_assertion_of_a_client_that_no_database_can_hold_is_refused(shop: Shop, claimed: str) -> None:
    parts = ({"alg": "ES256", "typ": "JWT"}, {"iss": claimed, "sub": claimed})
    assertion = ".".join([*(secrets.base64url(json.dumps(part).encode()) for part in parts), "AAAA"])
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    form = {"token": "x", "client_assertion": assertion, "client_assertion_type": kind}
    assert ask(shop, form, path=of_realm(shop.world.realm)).status_code == 401
