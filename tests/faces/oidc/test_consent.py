"""Third parties are let in by the person, who is asked, remembered, and may undo it (OpenID Connect Core §3.1.2.4)."""

import re
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from apps.applications import selectors
from apps.applications.models import Consent, Grant
from apps.applications.services import resource_servers, roles
from apps.authentication.services import sessions
from apps.core.errors import NotFound
from apps.events.types import EventType
from apps.tokens.services import consents
from apps.web import cookies
from tests import ceremonies, record
from tests.ceremonies import Authenticated
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator, posted_to
from tests.world import REDIRECT_URI


@pytest.fixture(autouse=True)
def _third_party(shop: Shop) -> None:
    shop.register("Kite Rental", is_first_party=False)


def proven(shop: Shop, **changes: str | None) -> Authenticated:
    """Bob's passkey is taken, and the browser has its session and its flow's cookie."""
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, **changes)
    shop.browser.cookies[cookies.session_cookie(shop.application.realm_id)] = done.session_token
    shop.browser.cookies[cookies.flow_cookie()] = ceremonies.BROWSER
    return done


def page(shop: Shop, url: str) -> str:
    parts = urlsplit(url)
    assert parts.path == shop.path("consent")
    response = shop.browser.get(f"{parts.path}?{parts.query}")
    assert response.status_code == 200, response.content
    return response.content.decode()


def say(shop: Shop, url: str, answer: str = "allow", browser: Browser | None = None) -> HttpResponse:
    flow = urlsplit(url).query.removeprefix("flow=")
    return (browser or shop.browser).post(shop.path("consent"), {"flow": flow, "answer": answer})


def agree(shop: Shop, **changes: str | None) -> dict[str, str]:
    return answer_to(say(shop, proven(shop, **changes).redirect_url), REDIRECT_URI)


def asks(response: HttpResponse) -> bool:
    return response.status_code == 302 and urlsplit(response["Location"]).path.endswith("/consent")


def test_after_the_proof_comes_the_question_and_no_code(shop: Shop) -> None:
    done = proven(shop, scope="openid phone")
    assert done.code == ""
    assert not Grant.objects.exists()
    shown = page(shop, done.redirect_url)
    assert "Let Kite Rental in?" in shown
    assert "Bob Baker" in shown
    assert "Your phone number" in shown
    assert "<script" not in shown.partition("</main>")[0].partition("<main")[2]


def test_yes_leads_back_with_a_code_that_works(shop: Shop) -> None:
    answer = agree(shop)
    assert (answer["state"], answer["iss"]) == (shop.party.state, shop.issuer)
    told = shop.token(shop.party.form(answer["code"])).json()
    assert ceremonies.payload_of(told["id_token"])["sub"] == shop.world.bob.pk


def test_no_leads_back_without_one_and_is_not_remembered(shop: Shop) -> None:
    answer = answer_to(say(shop, proven(shop).redirect_url, "deny"), REDIRECT_URI)
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", shop.party.state, shop.issuer)
    assert not Grant.objects.exists()
    assert not Consent.objects.exists()
    event = record.last(shop.world.realm, EventType.CONSENT_CHANGE)
    assert (event.outcome, event.data["action"], event.actor_id) == ("DENY", "REFUSE", shop.world.bob.pk)


def test_it_is_asked_once(shop: Shop) -> None:
    agree(shop)
    assert "code" in answer_to(shop.authorize(), REDIRECT_URI)
    assert "code" in answer_to(shop.authorize(prompt="none"), REDIRECT_URI)
    assert proven(shop, prompt="login").code


def test_and_again_for_more_and_when_the_client_wants_it(shop: Shop) -> None:
    agree(shop)
    assert asks(shop.authorize(scope="openid email"))
    assert asks(shop.authorize(claims='{"userinfo": {"phone_number": null}}'))
    assert asks(shop.authorize(prompt="consent"))
    assert leads_to_authenticator(shop.authorize(prompt="login consent"))
    assert proven(shop, prompt="login consent").code == ""


def test_what_was_agreed_to_adds_up(shop: Shop) -> None:
    agree(shop)
    answer_to(say(shop, shop.authorize(scope="openid email")["Location"]), REDIRECT_URI)
    answer_to(say(shop, shop.authorize(scope="openid phone")["Location"]), REDIRECT_URI)
    assert "code" in answer_to(shop.authorize(scope="openid phone email"), REDIRECT_URI)
    row = Consent.objects.get()
    assert row.scopes == ["openid", "email", "phone"]


def test_silently_nobody_can_be_asked(shop: Shop) -> None:
    proven(shop)
    assert answer_to(shop.authorize(prompt="none"), REDIRECT_URI)["error"] == "consent_required"


def test_the_question_comes_even_where_a_session_would_do(shop: Shop) -> None:
    proven(shop)
    response = shop.authorize()
    assert asks(response)
    assert "Bob Baker" in page(shop, response["Location"])
    assert "code" in answer_to(say(shop, response["Location"]), REDIRECT_URI)


def test_an_answer_counts_once(shop: Shop) -> None:
    url = proven(shop).redirect_url
    assert say(shop, url).status_code == 302
    for again in ("allow", "deny"):
        assert say(shop, url, again).status_code == 410
    assert Grant.objects.count() == 1


def test_another_browser_cannot_answer(shop: Shop) -> None:
    url = proven(shop).redirect_url
    stranger = Browser()
    assert say(shop, url, browser=stranger).status_code == 404
    stranger.cookies[cookies.flow_cookie()] = "another"
    assert say(shop, url, browser=stranger).status_code == 404
    assert not Consent.objects.exists()


def test_another_site_cannot_answer(shop: Shop) -> None:
    url = proven(shop).redirect_url
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = shop.browser.cookies
    assert say(shop, url, browser=strict).status_code == 403
    assert not Consent.objects.exists()


def test_the_page_itself_can(shop: Shop) -> None:
    """As a browser sends it: the token of the page, and the origin that Referrer-Policy lets it say."""
    url = proven(shop).redirect_url
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = shop.browser.cookies
    parts = urlsplit(url)
    shown = strict.get(f"{parts.path}?{parts.query}")
    assert shown["Referrer-Policy"] == "same-origin"
    assert "form-action 'self' http:" in shown["Content-Security-Policy"]
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.content.decode())
    assert found is not None
    given = {"flow": parts.query.removeprefix("flow="), "answer": "allow", "csrfmiddlewaretoken": found[1]}
    host = ceremonies.origin().partition("://")[2]
    answer = strict.post(parts.path, given, headers={"Origin": ceremonies.origin(), "Host": host})
    assert answer.status_code == 302


def test_nobody_agrees_before_the_proof(shop: Shop) -> None:
    flow = ceremonies.begin(shop.world.visitor, shop.party)
    shop.browser.cookies[cookies.flow_cookie()] = ceremonies.BROWSER
    assert say(shop, f"?flow={flow.pk}").status_code == 404
    assert shop.browser.get(shop.path("consent"), {"flow": str(flow.pk)}).status_code == 404


def test_nobody_agrees_after_signing_out(shop: Shop) -> None:
    url = proven(shop).redirect_url
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    assert say(shop, url).status_code == 410
    assert not Grant.objects.exists()


def test_a_flow_of_another_application_is_unknown(shop: Shop) -> None:
    url = proven(shop).redirect_url
    shop.register("Other", is_first_party=False)
    assert say(shop, url).status_code == 404


@pytest.mark.parametrize("flow", ["", "x", "\x00", "0" * 32, "\u00fc"])
def test_a_made_up_flow_is_unknown(shop: Shop, flow: str) -> None:
    for answer in ("allow", "deny", "", "maybe"):
        assert shop.browser.post(shop.path("consent"), {"flow": flow, "answer": answer}).status_code == 404


def test_no_answer_is_the_question_again(shop: Shop) -> None:
    url = proven(shop).redirect_url
    assert say(shop, url, "maybe").status_code == 200
    assert say(shop, url).status_code == 302


def test_by_form_it_is_answered_by_form(shop: Shop) -> None:
    fields = posted_to(say(shop, proven(shop, response_mode="form_post").redirect_url), REDIRECT_URI)
    assert set(fields) == {"code", "state", "iss"}
    again = proven(shop, response_mode="form_post", prompt="consent").redirect_url
    fields = posted_to(say(shop, again, "deny"), REDIRECT_URI)
    assert fields["error"] == "access_denied"


def test_its_own_scopes_are_named_with_where_they_are_from(shop: Shop) -> None:
    world = shop.world
    server = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Harbour", identifier="https://harbour.test", scopes=["boats:read"]
    )
    role = roles.create_role(world.ctx, server, display_name="Sailor")
    roles.add_scopes(world.ctx, role, ["boats:read"])
    roles.add_members(world.ctx, role, identity_ids=[world.bob.pk])
    shop.register("Kites", is_first_party=False, resource_server=server, allowed_scopes=["boats:read"])
    shown = page(shop, proven(shop, scope="openid boats:read").redirect_url)
    assert "Act for you in Harbour" in shown
    assert "<code>boats:read</code>" in shown


def test_of_who_has_nothing_left_to_share_nothing_is_asked(shop: Shop) -> None:
    world = shop.world
    server = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Kites", identifier="https://kites.test", scopes=["fly"]
    )
    role = roles.create_role(world.ctx, server, display_name="Flyer")
    roles.add_scopes(world.ctx, role, ["fly"])
    roles.add_members(world.ctx, role, identity_ids=[world.bob.pk])
    shop.register("Kites", resource_server=server, allowed_scopes=["fly"], is_first_party=False)
    done = proven(shop, scope="fly")
    roles.remove_members(world.ctx, role, identity_ids=[world.bob.pk])
    parts = urlsplit(done.redirect_url)
    answer = answer_to(shop.browser.get(f"{parts.path}?{parts.query}"), REDIRECT_URI)
    assert (answer["error"], answer["state"]) == ("invalid_scope", shop.party.state)


def test_a_pseudonym_is_called_one(shop: Shop) -> None:
    shop.register("Kites", is_first_party=False, subject_type="pairwise")
    shown = page(shop, proven(shop).redirect_url)
    assert "By a pseudonym that no other site knows" in shown
    assert "Your name, username" not in shown


def test_a_claim_by_name_is_told_as_what_it_belongs_to(shop: Shop) -> None:
    shown = page(shop, proven(shop, claims='{"id_token": {"phone_number": null}}').redirect_url)
    assert "Your phone number" in shown


def test_names_are_text(shop: Shop) -> None:
    shop.register("Kites & Sons", is_first_party=False)
    assert "Let Kites &amp; Sons in?" in page(shop, proven(shop).redirect_url)


def test_agreeing_is_on_record_in_the_sign_ins_own_flow(shop: Shop) -> None:
    agree(shop)
    event = record.last(shop.world.realm, EventType.CONSENT_CHANGE)
    assert (event.outcome, event.data["action"], event.actor_id) == ("SUCCESS", "GRANT", shop.world.bob.pk)
    assert event.data["changes"] == {"scopes": [[], ["openid"]]}
    assert event.correlation_id == record.last(shop.world.realm, EventType.AUTHENTICATION_TRANSACTION).correlation_id


def test_taken_back_it_ends_every_token_and_is_asked_again(shop: Shop) -> None:
    world, code = shop.world, agree(shop)["code"]
    token = shop.token(shop.party.form(code)).json()["access_token"]
    waiting = answer_to(shop.authorize(), REDIRECT_URI)["code"]
    assert [row.application for row in selectors.consents_of(world.bob)] == [shop.application]
    consents.revoke_consent(world.ctx, world.bob, shop.application)
    assert shop.userinfo(token).status_code == 401
    assert shop.token(shop.party.form(waiting)).json()["error"] == "invalid_grant"
    assert asks(shop.authorize())
    event = record.last(world.realm, EventType.CONSENT_CHANGE)
    assert (event.data["action"], event.data["tokens"]) == ("REVOKE", 1)
    with pytest.raises(NotFound):
        consents.revoke_consent(world.ctx, world.bob, shop.application)


def test_tokens_of_others_live_on(shop: Shop) -> None:
    mine = shop.party
    agree(shop)
    shop.register("Own")
    token = shop.tokens()["access_token"]
    consents.revoke_consent(shop.world.ctx, shop.world.bob, mine.application)
    assert shop.userinfo(token).status_code == 200
