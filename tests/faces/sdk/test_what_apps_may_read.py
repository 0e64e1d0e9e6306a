"""Trusted origins alone read what SDKs are answered; requests come whole or by reference (contract/wire.md §3.3, §3.6)."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client as Browser

from apps.authentication import flows
from apps.authentication.models import LoginFlow
from apps.core.secrets import from_base64url
from apps.credentials import invoke
from apps.tokens.issuer import endpoints_of
from tests import apps, ceremonies
from tests.apps import FORM, ORIGIN, App
from tests.faces import doors
from tests.software_key import SoftwareKey
from tests.world import World

STRANGERS = [
    "https://evil.test", "http://app.acme.test", "https://app.acme.test:8443", "https://app.acme.test.evil.test",
    "https://APP.acme.test", "null", "https://app.acme.test/", "https://sub.app.acme.test", "*",
]  # fmt: skip


@pytest.fixture
def app(world: World) -> App:
    return apps.open_app(world)


def doors_of(app: App) -> dict[str, tuple[str, str, str]]:
    """Each of the SDK's endpoints: its path, its method, and what a page may send to it."""
    invitation = app.invite()
    job, token = invoke.job_path(invitation.job), ceremonies.token_of(invitation.link)
    issuer = urlsplit(endpoints_of(app.application).issuer).path
    plain, with_token = "content-type, x-correlation-id", "authorization, content-type, x-correlation-id"
    return {
        "invokeAuthenticator": (f"{job}:invokeAuthenticator?token={token}", "GET, HEAD", "x-correlation-id"),
        "getInfo": (f"{job}:getInfo", "POST", with_token),
        "bind": (f"{job}:bind", "POST", with_token),
        "bi-authenticate": (f"{issuer}/bi-authenticate", "POST", plain),
        "introspect": (f"{issuer}/bi-authenticate:introspect", "POST", plain),
        "credential-binding-jobs": (f"{issuer}/credential-binding-jobs", "POST", with_token),
    }


NAMES = ["invokeAuthenticator", "getInfo", "bind", "bi-authenticate", "introspect", "credential-binding-jobs"]


def granted(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}


@pytest.mark.parametrize("name", NAMES)
def test_a_trusted_origin_may_ask_and_read(app: App, name: str) -> None:
    path, methods, headers = doors_of(app)[name]
    asked = app.browser.options(
        path, headers={"Origin": ORIGIN, "Access-Control-Request-Method": methods[:4].strip(",")}
    )
    assert asked.status_code == 204
    assert granted(asked) == {
        "Access-Control-Allow-Origin": ORIGIN,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": headers,
        "Access-Control-Max-Age": "600",
    }
    method = app.browser.get if methods.startswith("GET") else app.browser.post
    answered = method(
        path, headers={"Origin": ORIGIN, "Accept": "application/json"}
    )  # refused or not: it is to be read
    assert answered["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in answered["Vary"]
    assert "Access-Control-Allow-Credentials" not in answered


@pytest.mark.parametrize("name", NAMES)
def test_nobody_else_is_told_anything(app: App, name: str) -> None:
    path, _, _ = doors_of(app)[name]
    for stranger in STRANGERS:
        asked = app.browser.options(path, headers={"Origin": stranger, "Access-Control-Request-Method": "POST"})
        assert (asked.status_code, granted(asked)) == (204, {})
        assert "Origin" in asked["Vary"]
        assert granted(app.browser.post(path, headers={"Origin": stranger})) == {}
    assert granted(app.browser.options(path)) == {}


def test_another_apps_origin_is_a_stranger(world: World, app: App) -> None:
    other = apps.open_app(world, origins=("https://other.acme.test",))
    path, _, _ = doors_of(app)["getInfo"]
    assert granted(other.browser.options(path, headers={"Origin": "https://other.acme.test"})) == {}


def test_a_job_that_is_none_grants_nothing(app: App) -> None:
    path = invoke.job_path(app.invite().job).replace("/realms/", "/realms/f")
    assert granted(app.browser.options(f"{path}:bind", headers={"Origin": ORIGIN})) == {}


def test_keys_are_read_anywhere(app: App) -> None:
    keys = urlsplit(endpoints_of(app.application).jwks).path
    assert app.browser.get(keys, headers={"Origin": "https://evil.test"})["Access-Control-Allow-Origin"] == "*"


def request_of(url: str) -> dict[str, Any]:
    return ceremonies.payload_of(parse_qs(urlsplit(url).query)["request"][0])


def test_a_request_says_all_that_the_contract_names(app: App) -> None:
    told = app.arrive(login_hint="bob@acme.test").claims
    assert set(told) == {
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cid", "verb", "origin", "indirect_uri", "transaction_id", "authn",
    }  # fmt: skip
    assert (told["exp"] - told["iat"], told["iat"] - told["nbf"]) == (4200, 4200)
    assert (told["verb"], told["sub"], told["aud"]) == ("authenticate", app.client.application.client_id, [told["sub"]])
    assert set(told["origin"]) == {"ip", "ua", "geo", "ref"}
    authn = told["authn"]
    assert set(authn) == {
        "base_url", "tid", "rid", "aid", "redirect_uri", "mode", "state", "login_hint", "application",
        "authenticator_config", "action",
    }  # fmt: skip
    issuer = endpoints_of(app.application).issuer
    assert authn["redirect_uri"] == f"{app.client.redirect_uri}?{urlencode({'iss': issuer})}"
    assert (authn["mode"], authn["authenticator_config"]["config"]) == ("grant", app.config.config)
    assert authn["action"]["prove"]["bi_pol_ver"] == "v3"


@pytest.mark.parametrize(("signs", "asks"), [("ES256", "ES256"), ("EdDSA", "ES256"), ("RS256", "RS256")])
def test_a_request_is_signed_as_sdks_can_read(world: World, signs: str, asks: str) -> None:
    app = apps.open_app(world, algorithm=signs)
    request = parse_qs(urlsplit(app.arrive_at()).query)["request"][0]
    header = json.loads(from_base64url(request.split(".")[0]))
    assert (header["typ"], header["alg"], header["jku"]) == ("JWT", asks, endpoints_of(app.application).jwks)
    keys = app.browser.get(urlsplit(header["jku"]).path).json()["keys"]
    assert header["kid"] in {key["kid"] for key in keys}


def test_by_hand_the_client_is_told_where_to_go(world: World) -> None:
    app = apps.open_app(world, invocation_type="manual")
    where = urlsplit(endpoints_of(app.application).authorization).path
    answer = app.browser.get(f"{where}?{app.client.query()}")
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"authenticate_url"}
    assert told["authenticate_url"].startswith("https://app.acme.test/auth/bi-authenticate?request=")
    assert "Location" not in answer


class TestReferences:
    def arrive(self, app: App) -> dict[str, Any]:
        app.client.state = "s" * 1900
        url = app.arrive_at()
        assert len(url) <= flows.URL_LENGTH
        return request_of(url)

    def ask(self, app: App, token: str, **headers: str) -> Any:
        path = urlsplit(endpoints_of(app.application).authenticate).path
        return app.browser.post(f"{path}:introspect", urlencode({"token": token}), content_type=FORM, headers=headers)

    def test_a_long_request_is_fetched_and_answered(self, world: World, app: App) -> None:
        key = SoftwareKey()
        apps.bind(app, key)
        told = self.arrive(app)
        assert set(told) >= {"token", "introspect_uri", "correlation_id"}
        assert "authn" not in told
        assert told["introspect_uri"] == f"{endpoints_of(app.application).authenticate}:introspect"
        whole = self.ask(app, told["token"]).json()
        assert self.ask(app, told["token"]).json()["authn"] == whole["authn"]  # as often as the sign-in is open
        prove = whole["authn"]["action"]["prove"]
        asked = apps.Asked(whole, prove["transaction_id"], prove["nonce"])
        assert app.post(apps.certificate_for(app, asked, key)).json()["type"] == "allow"
        assert self.ask(app, told["token"]).status_code == 410

    def test_a_token_is_of_one_application_and_for_one_thing(self, world: World, app: App) -> None:
        other, told = apps.open_app(world), self.arrive(app)
        assert self.ask(other, told["token"]).status_code == 404
        for token in (
            "x",
            "A" * 90,
            told["token"][:-2] + "AA",
            "ü",
            "A" * 5000,
            str(LoginFlow.objects.latest("created_at").pk),
        ):
            assert self.ask(app, token).status_code == 404
        assert self.ask(app, "").status_code == 400

    def test_a_hosted_sign_in_by_reference_is_shown_to_its_browser_alone(self, world: World, client: Browser) -> None:
        shop = ceremonies.client_of(world)
        shop.state = "s" * 1900
        url = doors.sent_to(client, shop)
        told = request_of(url)
        assert "token" in told
        assert client.get(doors.path_of(url)).status_code == 200
        path = urlsplit(endpoints_of(shop.application).authenticate).path
        asked = Browser().post(f"{path}:introspect", urlencode({"token": told["token"]}), content_type=FORM)
        assert asked.status_code == 404
        assert json.loads(asked.content)["code"] == "not_found"
