"""Four published client libraries, each told an issuer and nothing more, sign Bob in with his passkey."""

import json
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.applications.models import Grant
from apps.directory.models import Identity
from apps.tokens.issuer import issuer_of
from tests import ceremonies
from tests.ceremonies import Client
from tests.journeys import parties
from tests.journeys.parties import Party
from tests.journeys.steps import give_passkey
from tests.world import World


@pytest.fixture
def shop(world: World, live_server: Any) -> Any:
    with parties.running(world, world.acme.customers, "openid-client") as party:
        yield party


def shown(page: Page) -> dict[str, Any]:
    """The JSON that openid-client's relying party answers with."""
    return json.loads(page.locator("body").inner_text())


def sign_in(page: Page, shop: Party, query: str = "") -> dict[str, Any]:
    page.goto(f"{shop.url}/sign-in{query}")
    page.wait_for_url(f"{shop.url}/callback?*")
    return shown(page)


def test_openid_client_signs_bob_in(world: World, page: Page, shop: Party) -> None:
    give_passkey(world, page, world.bob)
    told = sign_in(page, shop)
    issuer = issuer_of(shop.application)
    claims = told["claims"]  # openid-client has checked the signature, iss, aud, exp, iat and the nonce
    assert (claims["sub"], claims["iss"], claims["aud"]) == (world.bob.pk, issuer, shop.application.client_id)
    assert claims["nonce"] == told["asked"]["nonce"]
    assert (told["answer"]["state"], told["answer"]["iss"]) == (told["asked"]["state"], issuer)
    assert told["userinfo"] == {
        "sub": world.bob.pk,
        "name": "Bob Baker",
        "preferred_username": "bob",
        "email": "bob@acme.test",
        "email_verified": False,
        "updated_at": int(Identity.objects.get(pk=world.bob.pk).updated_at.timestamp()),
    }
    assert told["scope"] == "openid profile email"


def test_authlib_signs_bob_in_and_the_next_application_does_not_ask_him_again(
    world: World, page: Page, shop: Party
) -> None:
    give_passkey(world, page, world.bob)
    with parties.running(world, world.acme.customers, "Authlib") as party:
        page.goto(party.url)
        page.get_by_role("button", name="Sign in with Identity Cloud").click()
        expect(page.get_by_role("heading", name="Hello, Bob Baker")).to_be_visible()
        expect(page.get_by_role("region", name="ID token")).to_contain_text(world.bob.pk)
        expect(page.get_by_role("region", name="Userinfo")).to_contain_text("bob@acme.test")
        assert page.url == f"{party.url}/"
        assert sign_in(page, shop, "?prompt=none")["claims"]["sub"] == world.bob.pk


def test_oauth4webapi_has_its_answer_posted_once_bob_agrees(world: World, page: Page) -> None:
    give_passkey(world, page, world.bob)
    with parties.running(world, world.acme.customers, "oauth4webapi", is_first_party=False) as party:
        page.goto(f"{party.url}/sign-in")
        expect(page.get_by_role("heading", name="Let Shop on oauth4webapi in?")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("Bob Baker")
        page.get_by_role("button", name="Allow").click()
        page.wait_for_url(f"{party.url}/callback")
        told = shown(page)
        assert told["claims"]["sub"] == told["userinfo"]["sub"] == world.bob.pk
        page.goto(f"{party.url}/sign-in")  # he is not asked twice
        page.wait_for_url(f"{party.url}/callback")
        assert shown(page)["claims"]["sub"] == world.bob.pk
        page.goto(f"{party.url}/sign-in?prompt=consent")
        page.get_by_role("button", name="Deny").click()
        page.wait_for_url(f"{party.url}/callback")
        assert shown(page)["refused"]["error"] == "access_denied"


def test_mozilla_django_oidc_signs_bob_in(world: World, page: Page) -> None:
    give_passkey(world, page, world.bob)
    with parties.running(world, world.acme.customers, "mozilla-django-oidc") as party:
        page.goto(f"{party.url}/sign-in")
        page.wait_for_url(f"{party.url}/")
        assert shown(page) == {"email": "bob@acme.test", "refused": False}


def test_of_several_people_one_is_chosen(world: World, page: Page, shop: Party) -> None:
    carol = world.acme.customers.carol
    for person in (world.bob, carol):
        give_passkey(world, page, person)
    page.goto(f"{shop.url}/sign-in")
    expect(page.get_by_role("heading", name="Sign in to Shop on openid-client")).to_be_visible()
    expect(page.get_by_role("button", name="Bob Baker").first).to_be_visible()
    page.get_by_role("button", name="Carol Contractor").first.click()
    page.wait_for_url(f"{shop.url}/callback?*")
    assert shown(page)["claims"]["sub"] == carol.pk
    page.goto(f"{shop.url}/sign-in?prompt=select_account")  # in spite of Carol's session
    page.get_by_role("button", name="Bob Baker").first.click()
    page.wait_for_url(f"{shop.url}/callback?*")
    assert shown(page)["claims"]["sub"] == world.bob.pk


def test_a_code_used_twice_is_refused_and_takes_its_tokens_along(world: World, page: Page, shop: Party) -> None:
    give_passkey(world, page, world.bob)
    sign_in(page, shop)
    page.goto(f"{shop.url}/redeem-again")
    told = shown(page)
    assert (told["error"]["error"], told["error"]["status"]) == ("invalid_grant", 400)
    assert told["userinfo_status"] == 401


def test_a_code_older_than_sixty_seconds_is_refused(world: World, page: Page, shop: Party) -> None:
    give_passkey(world, page, world.bob)
    assert sign_in(page, shop, "?hold=1") == {"held": True}
    grant = Grant.objects.get(application=shop.application)
    Grant.objects.update(expires=grant.expires - timedelta(seconds=60))
    page.goto(f"{shop.url}/redeem")
    assert shown(page)["refused"]["error"] == "invalid_grant"


def test_a_redirect_uri_that_is_not_the_registered_one_leads_nowhere(world: World, page: Page, shop: Party) -> None:
    """The many ways to write one are in tests/faces/oidc; here is what the person sees."""
    for wrong in (f"{shop.url}/callback/", f"{shop.url}/", "https://evil.test/callback", f"{shop.url}/callback?x=1"):
        client = Client(shop.application, "", redirect_uri=wrong)
        answer = page.goto(f"{issuer_of(shop.application)}/authorize?{client.query()}")
        assert answer is not None
        assert answer.status == 400
        assert page.url.startswith(f"{ceremonies.origin()}/")
        expect(page.get_by_role("main")).to_contain_text("is not registered for this application")
