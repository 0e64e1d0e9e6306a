"""The FAPI 2.0 Security Profile (§5.3.2, §5.4) as one switch: what it demands and refuses, and a whole sign-in by it."""

import time
from typing import Any

import pytest
from django.test import Client as Browser

from apps.applications.models import Application, Grant
from apps.applications.services import applications
from apps.core.errors import Invalid
from apps.tokens.models import PushedRequest
from tests import ceremonies
from tests.faces.oidc import costs, keyed
from tests.faces.oidc.keyed import FORM, KeyedShop
from tests.faces.oidc.shop import answer_to, leads_to_authenticator
from tests.faces.oidc.test_query_counts import ALLOWED
from tests.keyholder import KeyHolder
from tests.world import REDIRECT_URI, World, web

FAPI2 = {"security_profile": "fapi2", "token_configuration": {"expires_after": 600}}


@pytest.fixture
def shop(world: World, client: Browser) -> KeyedShop:
    return keyed.register(world, client, **FAPI2)


def discovery(shop: KeyedShop) -> dict[str, Any]:
    return shop.browser.get(shop.path(".well-known/openid-configuration")).json()


def refused(response: Any, error: str, status: int = 400) -> None:
    assert response.status_code == status, response.content
    assert response.json()["error"] == error


def test_a_whole_sign_in_by_the_profile_ends_at_a_resource(shop: KeyedShop) -> None:
    pushed = shop.push(proof=shop.proof("par"))
    query = {"client_id": shop.application.client_id, "request_uri": pushed.json()["request_uri"]}
    to_login = shop.authorize(keyed.urlencode(query))
    assert to_login.status_code in (302, 303)
    assert leads_to_authenticator(to_login)
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, **{**dict.fromkeys(shop.asked()), **query})
    assert f"iss={keyed.urlencode({'': shop.issuer})[1:]}" in done.redirect_url
    answer = shop.redeem(done.code)
    tokens = answer.json()
    assert tokens["token_type"] == "DPoP"
    access, identity = (ceremonies.payload_of(tokens[name]) for name in ("access_token", "id_token"))
    assert access["cnf"] == {"jkt": shop.holder.jkt}
    assert identity["aud"] == shop.application.client_id
    userinfo = shop.ask(shop.path("userinfo"), tokens["access_token"])
    assert userinfo.json()["sub"] == identity["sub"]
    bearer = shop.browser.get(shop.path("userinfo"), headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert bearer.status_code == 401


def test_discovery_tells_a_client_of_all_it_must_do(shop: KeyedShop) -> None:
    found = discovery(shop)
    assert found["require_pushed_authorization_requests"] is True
    assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    algorithms = ["PS256", "ES256", "EdDSA"]
    assert found["token_endpoint_auth_signing_alg_values_supported"] == algorithms
    assert found["dpop_signing_alg_values_supported"] == algorithms
    assert found["request_object_signing_alg_values_supported"] == algorithms
    assert set(found["id_token_signing_alg_values_supported"]) <= set(algorithms)


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"confidentiality": "public", "token_endpoint_auth_method": "none"}, "confidentiality"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
        ({"pkce": "disabled"}, "pkce"),
        ({"pkce": "plain"}, "pkce"),
        ({"jwks": None}, "jwks"),
        (
            {"token_configuration": {"expires_after": 600, "token_signing_algorithm": "RS256"}},
            "token_configuration.token_signing_algorithm",
        ),
    ],
)
def test_it_is_not_configured_by_halves(world: World, config: dict[str, Any], field: str) -> None:
    whole = {"token_endpoint_auth_method": "private_key_jwt", "jwks": KeyHolder().jwks, **FAPI2, **config}
    with pytest.raises(Invalid) as refused:
        applications.create_application(
            world.ctx,
            world.realm,
            display_name="Bank",
            protocol_config=web(**whole) if "token_configuration" in config else {**web(), **whole},
            authenticator_config=world.acme.customers.config,
        )
    assert f"application.protocol_config.{field}" in {violation.field for violation in refused.value.violations}


def test_a_request_is_pushed_or_refused(shop: KeyedShop) -> None:
    assert answer_to(shop.authorize(), REDIRECT_URI)["error"] == "invalid_request"
    assert answer_to(shop.authorize(prompt="none"), REDIRECT_URI)["error"] == "invalid_request"
    refused(shop.push(redirect_uri=None), "invalid_request")
    refused(shop.push(code_challenge_method="plain"), "invalid_request")
    refused(shop.push(code_challenge=None, code_challenge_method=None), "invalid_request")
    assert PushedRequest.objects.count() == 0


def test_tokens_are_bound_or_not_given(shop: KeyedShop) -> None:
    code = shop.code(**shop.pushed())
    refused(shop.token(shop.code_form(code)), "invalid_dpop_proof")
    refused(shop.post("token", shop.code_form(code), shop.proof(nonce=None)), "use_dpop_nonce")
    assert shop.redeem(code).json()["token_type"] == "DPoP"


def test_the_issuer_is_our_only_name(shop: KeyedShop) -> None:
    """Not the token endpoint, not PAR's own address, not a list with the issuer in it (FAPI 2.0 §5.3.2.1)."""
    for audience in (keyed.token_endpoint(shop), shop.url("par"), [shop.issuer]):
        form = {**shop.asked(), **shop.holder.client(shop.application, aud=audience)}
        refused(shop.post("par", form), "invalid_client", 401)


def test_rs256_signs_nothing_here(world: World, client: Browser) -> None:
    rsa = KeyHolder("RS256")
    shop = keyed.register(world, client, rsa, **{**FAPI2, "jwks": {"keys": [{**rsa.bare_jwk, "kid": "first"}]}})
    refused(shop.push(), "invalid_client", 401)
    rsa.algorithm = "PS256"  # the same key, in the way that is allowed
    assert shop.push().status_code == 201
    rsa.algorithm = "RS256"
    proof = shop.proof("par")
    request = rsa.request_object(shop.application, shop.asked())
    rsa.algorithm = "PS256"
    refused(shop.push(proof=proof), "invalid_dpop_proof")
    token = shop.bound_tokens()["access_token"]
    rsa.algorithm = "RS256"
    assert shop.ask(shop.path("userinfo"), token).status_code == 401
    rsa.algorithm = "PS256"
    assert shop.ask(shop.path("userinfo"), token).status_code == 200
    refused(shop.post("par", {"request": request, **rsa.client(shop.application)}), "invalid_request_object")


@pytest.mark.parametrize("changes", [{"nbf": None}, {"nbf": 3700}, {"exp": -3700}])
def test_a_signed_request_is_of_this_hour(shop: KeyedShop, changes: dict[str, int | None]) -> None:
    """FAPI 2.0 Message Signing §5.3.1: nbf at most 60 minutes ago, exp at most 60 minutes ahead."""
    moved = {name: value and int(time.time()) - value for name, value in changes.items()}
    request = shop.holder.request_object(shop.application, shop.asked(), **moved)
    form = {"request": request, **shop.holder.client(shop.application)}
    refused(shop.post("par", form), "invalid_request_object")
    fine = shop.holder.request_object(shop.application, shop.asked())
    assert shop.post("par", {"request": fine, **shop.holder.client(shop.application)}).status_code == 201


def test_a_code_lives_a_minute_and_is_for_one_key_one_verifier_and_one_client(shop: KeyedShop, client: Browser) -> None:
    code = shop.code(**shop.pushed())
    grant = Grant.objects.get()
    assert (grant.expires - shop.world.visitor.now).total_seconds() <= 60
    refused(shop.post("token", shop.code_form(code, code_verifier="x" * 43), shop.proof()), "use_dpop_nonce")
    refused(shop.post("token", shop.code_form(code, code_verifier="x" * 43), shop.proof()), "invalid_grant")
    refused(shop.post("token", shop.code_form(code, code_verifier=None), shop.proof()), "invalid_grant")
    other = keyed.register(shop.world, client, **FAPI2)
    other.nonce = shop.nonce
    refused(other.post("token", {**shop.code_form(code), **other.holder.client(other.application)}, other.proof()),
            "invalid_grant")  # fmt: skip


def test_proving_by_keys_costs_the_database_two_statements_more_than_a_secret(shop: KeyedShop) -> None:
    shop.bound_tokens()  # keys are read once in a process's life
    form, proof = shop.code_form(shop.code(**shop.pushed())), shop.proof()
    spent = costs.queries_of(lambda: shop.post("token", form, proof))
    assert len(spent) <= ALLOWED["token, a code"] + 2, "\n".join(spent)


def test_the_switch_on_an_application_that_exists_changes_it_at_once(shop: KeyedShop) -> None:
    Application.objects.filter(pk=shop.application.pk).update(security_profile="baseline")
    shop.application.refresh_from_db()
    answer = shop.browser.post(shop.path("token"), keyed.urlencode(shop.code_form(shop.code())), content_type=FORM)
    assert answer.json()["token_type"] == "Bearer"
