"""An app with the published SDK, unmodified, in a real browser and at another origin than ours (contract/wire.md §3)."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.credentials.models import Credential
from apps.directory.models import Identity
from apps.tokens.issuer import issuer_of
from tests import apps, ceremonies
from tests.apps import App
from tests.browser import Desk
from tests.journeys import app_page
from tests.journeys.app_page import Sdk
from tests.journeys.post_office import PostOffice
from tests.world import World


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    with app_page.served() as origin:
        yield origin


def at_desk(desk: Desk, site: str) -> Sdk:
    desk.page.goto(site)
    return Sdk(desk.page)


def open_app(world: World, site: str, *methods: str) -> App:
    listed = [{"type": each} for each in methods]
    return apps.open_app(world, origins=(site,), authentication_methods=listed)


def code_in(app: App, url: str) -> str:
    """Of an answer that is the client's, complete and from us."""
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{app.client.redirect_uri}?")
    assert (query["state"], query["iss"]) == ([app.client.state], [issuer_of(app.application)])
    return query["code"][0]


@pytest.mark.parametrize("kind", ["software", "hardware"])
def test_a_passkey_is_bound_and_signs_in(world: World, desk: Desk, site: str, kind: str) -> None:
    app, sdk = open_app(world, site), at_desk(desk, site)
    if kind == "software":  # as in a browser whose device has no authenticator: the SDK makes a key of its own then
        desk.lose_authenticator()
    link = app.invite().link
    assert sdk.call("isBindPasskeyUrl", link)
    bound = sdk.call("bindPasskey", link)["passkey"]
    assert (bound["state"], bound["identity"]["username"]) == ("active", "bob")
    credential = Credential.objects.get(pk=bound["passkeyId"])
    assert credential.binding == kind
    for _ in range(2):
        url = app.arrive_at()
        assert sdk.call("isAuthenticateUrl", url)
        context = sdk.call("getAuthenticationContext", url)
        assert context["application"]["displayName"] == "App"
        done = sdk.call("authenticate", context["authUrl"], bound["id"])
        assert "access_token" in app.client.redeem(world.visitor, code_in(app, done["redirectUrl"]))


def test_a_request_too_long_for_an_address_is_fetched(world: World, desk: Desk, site: str) -> None:
    app, sdk = apps.open_app(world, origins=(site,), algorithm="RS256"), at_desk(desk, site)
    bound = sdk.call("bindPasskey", app.invite().link)["passkey"]
    app.client.state = "s" * 1800
    url = app.arrive_at()
    assert "introspect_uri" in ceremonies.payload_of(parse_qs(urlsplit(url).query)["request"][0])
    assert sdk.call("getAuthenticationContext", url)["application"]["displayName"] == "App"
    done = sdk.call("authenticate", url, bound["id"])
    assert "access_token" in app.client.redeem(world.visitor, code_in(app, done["redirectUrl"]))


def test_somebody_new_signs_in_by_mail_and_then_with_a_passkey(
    world: World, desk: Desk, site: str, post_office: PostOffice
) -> None:
    app, sdk = open_app(world, site, "webauthn_passkey", "email_one_time_password"), at_desk(desk, site)
    asked = sdk.call("authenticateOtp", app.arrive_at(), "zoe@acme.test")
    code = post_office.code_to("zoe@acme.test", desk.page)
    wrong = sdk.call("redeemOtp", asked["url"], f"{(int(code) + 1) % 1_000_000:06}")
    assert "redirectUrl" not in wrong
    done = sdk.call("redeemOtp", wrong["url"], code)
    tokens = app.client.redeem(world.visitor, code_in(app, done["redirectUrl"]))
    assert ceremonies.payload_of(tokens["id_token"])["amr"] == ["otp"]
    assert Identity.objects.get(username="zoe@acme.test").realm_id == world.realm.pk

    link = app.binding_link(done["passkeyBindingToken"])
    bound = sdk.call("bindPasskey", link)["passkey"]
    done = sdk.call("authenticate", app.arrive_at(), bound["id"])
    assert "access_token" in app.client.redeem(world.visitor, code_in(app, done["redirectUrl"]))
