"""Discovery says exactly what works (OpenID Connect Discovery §3, §4; RFC 8414 §3; RFC 9207 §3; RFC 9068 §2)."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.applications import scopes
from apps.applications.models import Application
from apps.applications.services import applications
from tests import ceremonies
from tests.ceremonies import Client
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator, tell_everything
from tests.world import REDIRECT_URI, web


def discovery(shop: Shop) -> dict[str, Any]:
    answer = shop.browser.get(shop.path(".well-known/openid-configuration"))
    assert answer.status_code == 200
    return answer.json()


def told(shop: Shop, path: str) -> Any:
    return shop.browser.get(path).json()


def test_it_stands_under_the_issuer_and_before_its_path(shop: Shop) -> None:
    found = discovery(shop)
    issuer_path = f"v1/{shop.application.path}"
    assert found["issuer"].endswith(f"/{issuer_path}")
    assert told(shop, f"/.well-known/openid-configuration/{issuer_path}") == found
    assert told(shop, f"/.well-known/oauth-authorization-server/{issuer_path}") == found
    assert told(shop, f"/{issuer_path}/.well-known/oauth-authorization-server") == found


def test_it_is_public_cacheable_and_readable_from_anywhere(shop: Shop) -> None:
    for path, seconds in ((".well-known/openid-configuration", 300), (".well-known/jwks.json", 60)):
        answer = shop.browser.get(shop.path(path))
        assert answer["Content-Type"] == "application/json"
        assert answer["Cache-Control"] == f"public, max-age={seconds}"
        assert "Set-Cookie" not in answer
        assert shop.browser.head(shop.path(path)).status_code == 200
        assert shop.browser.post(shop.path(path)).status_code == 405


def test_every_endpoint_named_answers_there(shop: Shop) -> None:
    found = discovery(shop)
    base = found["issuer"].partition("/v1/")[0]
    named = {name: url for name, url in found.items() if name.endswith("_endpoint") or name == "jwks_uri"}
    assert set(named) == {
        "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "jwks_uri",
        "end_session_endpoint", "pushed_authorization_request_endpoint", "introspection_endpoint",
    }  # fmt: skip
    for url in named.values():
        assert url.startswith(f"{found['issuer']}/")
        assert shop.browser.get(url.removeprefix(base)).status_code != 404


def test_nothing_required_is_missing(shop: Shop) -> None:
    required = {
        "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported",
        "subject_types_supported", "id_token_signing_alg_values_supported",
    }  # fmt: skip
    assert required <= set(discovery(shop))


def test_what_it_says_of_authorization_requests_is_so(shop: Shop) -> None:
    found = discovery(shop)
    assert found["response_types_supported"] == ["code"]
    assert found["response_modes_supported"] == ["query", "form_post"]
    for mode in found["response_modes_supported"]:
        assert leads_to_authenticator(shop.authorize(response_mode=mode))
    for prompt in found["prompt_values_supported"]:
        answer = shop.authorize(prompt=prompt)
        assert leads_to_authenticator(answer) or answer_to(answer, REDIRECT_URI)["error"] == "login_required"
    assert found["request_parameter_supported"] is False
    assert found["request_uri_parameter_supported"] is False
    assert found["claims_parameter_supported"] is True
    assert leads_to_authenticator(shop.authorize(claims='{"userinfo": {"given_name": null}}'))
    for acr in found["acr_values_supported"]:
        assert leads_to_authenticator(shop.authorize(acr_values=acr))
    assert found["ui_locales_supported"] == ["en", "de", "es", "fr", "ja"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert answer_to(shop.authorize(prompt="none"), REDIRECT_URI)["iss"] == found["issuer"]


def test_what_it_says_of_clients_and_grants_is_so(shop: Shop) -> None:
    found = discovery(shop)
    assert found["grant_types_supported"] == ["authorization_code"]
    assert found["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    assert shop.token(shop.form()).status_code == 200
    assert shop.token(shop.form(client_id=None, client_secret=None), **shop.basic()).status_code == 200


def test_what_it_says_of_tokens_is_so(shop: Shop) -> None:
    found = discovery(shop)
    for endpoint in ("revocation", "introspection"):
        methods = found[f"{endpoint}_endpoint_auth_methods_supported"]
        assert methods == found["token_endpoint_auth_methods_supported"]
    tokens = {"expires_after": 3600, "token_signing_algorithm": "ES256", "refresh_token": {"enabled": True}}
    shop.register(confidentiality="public", token_configuration=tokens)
    found = discovery(shop)
    assert found["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert found["revocation_endpoint_auth_methods_supported"] == ["none"]
    assert "introspection_endpoint" not in found


def test_every_claim_named_comes_and_none_else(shop: Shop) -> None:
    tell_everything(shop)
    tokens = shop.tokens(scope=" ".join(scopes.OPENID_SCOPES))
    came = set(ceremonies.payload_of(tokens["id_token"])) | set(shop.userinfo(tokens["access_token"]).json())
    assert came == set(discovery(shop)["claims_supported"])


def test_consent_is_a_prompt_only_where_somebody_is_asked(shop: Shop) -> None:
    assert "consent" not in discovery(shop)["prompt_values_supported"]
    Application.objects.filter(pk=shop.application.pk).update(is_first_party=False)
    assert "consent" in discovery(shop)["prompt_values_supported"]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_tokens_verify_against_the_published_keys_by_the_published_algorithm(shop: Shop, algorithm: str) -> None:
    world = shop.world
    config = web(token_configuration={"expires_after": 60, "token_signing_algorithm": algorithm})
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Another",
        protocol_config=config,
        authenticator_config=world.acme.customers.config,
    )
    shop.party = Client(made.application, made.client_secret)
    tokens, found = shop.tokens(), discovery(shop)
    assert found["id_token_signing_alg_values_supported"] == [algorithm]
    keys = KeySet.import_key_set(told(shop, shop.path(".well-known/jwks.json")))
    for name in ("id_token", "access_token"):
        read = jwt.decode(tokens[name], keys, algorithms=[algorithm])
        assert read.claims["iss"] == found["issuer"]
        assert read.header["typ"] == {"id_token": "JWT", "access_token": "at+jwt"}[name]


def test_keys_are_public_halves_with_an_id_and_a_use(shop: Shop) -> None:
    keys = told(shop, shop.path(".well-known/jwks.json"))["keys"]
    assert keys
    for key in keys:
        assert {"kty", "kid", "alg", "use"} <= set(key)
        assert not {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} & set(key)


def test_a_public_client_is_told_of_no_secret(shop: Shop) -> None:
    shop.party = ceremonies.client_of(shop.world, shop.world.acme.console)
    assert discovery(shop)["token_endpoint_auth_methods_supported"] == ["none"]


def test_a_client_that_signs_nobody_in_offers_no_sign_in(shop: Shop) -> None:
    shop.party = Client(shop.world.acme.management_api, shop.world.acme.management_secret)
    found = discovery(shop)
    assert found["grant_types_supported"] == ["client_credentials"]
    assert not {"authorization_endpoint", "userinfo_endpoint", "response_types_supported"} & set(found)


def test_plain_oauth_promises_no_openid(shop: Shop) -> None:
    world = shop.world
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Old client",
        protocol_config=web(type="oauth2"),
        authenticator_config=world.acme.customers.config,
    )
    shop.party = Client(made.application, made.client_secret)
    found = discovery(shop)
    assert found["response_types_supported"] == ["code"]
    assert not {"userinfo_endpoint", "claims_supported", "scopes_supported"} & set(found)


def test_no_issuer_no_document(shop: Shop) -> None:
    world = shop.world
    for path in (
        shop.path(".well-known/openid-configuration").replace(world.acme.tenant.pk, world.evil.tenant.pk),
        shop.path(".well-known/jwks.json").replace(world.realm.pk, world.acme.staff.realm.pk),
    ):
        answer = shop.browser.get(path)
        assert (answer.status_code, answer.json()["error"]) == (404, "invalid_request")
