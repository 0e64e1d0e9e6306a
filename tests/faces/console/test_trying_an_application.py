"""Trying an application from the console: what comes back is shown to who began, once, and nothing is left that works."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from apps.applications.models import AccessToken, Grant
from apps.applications.services import applications as applications_verbs
from apps.authentication import flows
from apps.authentication import services as authentication
from apps.authentication.services import Finished
from apps.authenticators import services as authenticators
from apps.directory import selectors as directory
from apps.directory.services import groups
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.tokens import parameters
from apps.tokens.authorization import UntrustedClient
from apps.tokens.issuer import issuer_of
from apps.tokens.models import PushedRequest, Rehearsal
from apps.tokens.services import pushed_requests, rehearsals
from apps.tokens.services.exchange import TokenRefused
from tests import ceremonies
from tests.ceremonies import BROWSER
from tests.words import words_of
from tests.world import World, join, web

pytestmark = pytest.mark.django_db


def url(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/applications/{world.application.pk}"


def begin(world: World, browser: Client) -> str:
    """Where the console sends the new tab."""
    answer = browser.post(f"{url(world)}/try")
    assert answer.status_code == 200
    return answer.context["sign_in_url"]


def arrive(world: World, sign_in_url: str) -> str:
    """Bob signs in with his passkey; where his browser is sent then, as a path of the console."""
    passkey = ceremonies.give_passkey(world, world.bob)
    found = authentication.start(
        world.visitor, world.application, urlsplit(sign_in_url).query, session=None, browser_key=BROWSER
    )
    assert not isinstance(found, Finished)
    flow = flows.get_flow(world.visitor, world.application, str(found.flow.pk), BROWSER)
    back = ceremonies.prove(world.visitor, flow, passkey).redirect_url
    assert back.startswith(f"{rehearsals.redirect_uri()}?")
    return f"/console/try-it?{urlsplit(back).query}"


def test_before_anybody_has_a_passkey_the_page_says_so(world: World, ada: Client) -> None:
    said = "Nobody in this realm has a passkey yet."
    assert said in ada.get(url(world)).content.decode()
    ceremonies.give_passkey(world, world.bob)
    assert said not in ada.get(url(world)).content.decode()


def test_what_the_application_would_be_told_is_shown(world: World, ada: Client) -> None:
    answer = ada.get(arrive(world, begin(world, ada)))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Bob Baker signed in to Shop" in page
    for claims in ("id_token", "access_token", "userinfo"):
        told = {each["name"]: each["text"] for each in answer.context[claims]}
        assert told["sub"] == world.bob.pk
    assert {each["name"]: each["text"] for each in answer.context["id_token"]}["iss"] == issuer_of(world.application)
    assert "bob@acme.test" in page
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_nothing_is_left_that_works_and_nothing_is_registered(world: World, ada: Client) -> None:
    page = ada.get(arrive(world, begin(world, ada))).content.decode()
    world.application.refresh_from_db()
    assert world.application.redirect_uri_list == ["http://localhost:3000/callback"]
    assert not AccessToken.objects.filter(user=world.bob).exists()
    grant = Grant.objects.get(user=world.bob)
    assert grant.consumed_at
    assert grant.revoked_at
    assert not re.search(r"eyJ\w{4}iOi", page), "no token, and no part of one: each begins with a name of three letters"


def test_the_record_says_who_tried_it_and_as_whom(world: World, ada: Client) -> None:
    ada.get(arrive(world, begin(world, ada)))
    told = events.events_in(world.realm, EventFilter(types=["TOKEN_REQUEST"]))[0]
    assert (told.actor_id, told.outcome, told.data["rehearsal"]) == (world.ada.pk, "SUCCESS", True)
    assert {each["id"] for each in told.targets} == {str(world.application.pk), world.bob.pk}
    began = events.events_in(world.realm, EventFilter(types=["AUTHORIZE_REQUEST"]))
    assert [each.actor_id for each in began if each.data.get("action") == "REHEARSE"] == [world.ada.pk]


def test_coming_back_twice_shows_nothing_twice(world: World, ada: Client) -> None:
    back = arrive(world, begin(world, ada))
    assert ada.get(back).status_code == 200
    again = ada.get(back)
    assert again.status_code == 403
    assert "Bob Baker" not in again.content.decode()


def test_only_the_session_that_began_may_end_it(
    world: World, ada: Client, eve: Client, sign_in: Callable[..., Client]
) -> None:
    """Another administrator, another tenant's, a stranger, and Ada herself in another browser."""
    back = arrive(world, begin(world, ada))
    beside = join(world.ctx, world.acme.admin_realm, "amy", "Amy Admin", "acme.test")
    super_administrators = directory.groups_of(world.ada)[0]
    groups.add_members(world.ctx, super_administrators, [beside.pk])
    for browser in (sign_in(world.acme), sign_in(world.acme, beside), eve, Client()):
        answer = browser.get(back)
        assert answer.status_code == 403
        assert "Bob Baker" not in answer.content.decode()
    assert Rehearsal.objects.get().consumed_at is None
    assert ada.get(back).status_code == 200


@pytest.mark.parametrize("changed", [{"state": "x"}, {"state": ""}, {"state": "\x00"}, {"state": "\ud800"}])
def test_a_state_that_is_not_ours_is_nobodys(world: World, ada: Client, changed: dict[str, str]) -> None:
    query = dict(parse_qsl(urlsplit(arrive(world, begin(world, ada))).query)) | changed
    path = f"/console/try-it?{urlencode(query, errors='surrogatepass')}"
    assert ada.get(path).status_code in (400, 403)
    assert Rehearsal.objects.get().consumed_at is None


@pytest.mark.parametrize(
    "changed", [{"code": "x"}, {"code": ""}, {"iss": "https://evil.test"}, {"error": "access_denied"}]
)
def test_an_answer_that_is_wrong_is_shown_as_the_application_would_see_it(
    world: World, ada: Client, changed: dict[str, str]
) -> None:
    query = dict(parse_qsl(urlsplit(arrive(world, begin(world, ada))).query))
    answer = ada.get(f"/console/try-it?{urlencode(query | changed)}")
    assert answer.status_code == 403
    assert "would get an error" in answer.content.decode()
    assert ada.get(f"/console/try-it?{urlencode(query)}").status_code == 403  # spent all the same


@pytest.mark.parametrize("error", ["success", "\u00df" * 64, "<b>"], ids=["success", "long", "tag"])
def test_a_browser_does_not_say_how_the_record_reads(world: World, ada: Client, error: str) -> None:
    """What it brings as the error may be a word for success, or too long for the record in capitals."""
    query = dict(parse_qsl(urlsplit(arrive(world, begin(world, ada))).query))
    assert ada.get(f"/console/try-it?{urlencode(query | {'error': error})}").status_code == 403
    told = events.events_in(world.realm, EventFilter(types=["TOKEN_REQUEST"]))[0]
    assert told.outcome == "ERROR"
    assert told.data["error"] == (error if error == "success" else "invalid_request")


def test_a_code_of_somebody_elses_application_is_worth_nothing_here(world: World, ada: Client) -> None:
    """Ada of Acme brings a code that Eve's people were given."""
    query = dict(parse_qsl(urlsplit(arrive(world, begin(world, ada))).query))
    evil = ceremonies.client_of(world, world.evil.customers.application)
    stolen = ceremonies.sign_in(world.visitor, evil, ceremonies.give_passkey(world, world.evil.customers.bob)).code
    answer = ada.get(f"/console/try-it?{urlencode(query | {'code': stolen})}")
    assert answer.status_code == 403
    assert "Evil" not in words_of(answer)


def test_a_code_that_the_application_was_given_cannot_be_read_at_the_console(world: World, ada: Client) -> None:
    query = dict(parse_qsl(urlsplit(arrive(world, begin(world, ada))).query))
    shop = ceremonies.client_of(world)
    code = ceremonies.sign_in(world.visitor, shop, ceremonies.give_passkey(world, world.acme.customers.carol)).code
    answer = ada.get(f"/console/try-it?{urlencode(query | {'code': code})}")
    assert "Carol" not in answer.content.decode()
    assert shop.redeem(world.visitor, code)["access_token"]  # and was not used up by it


def test_the_code_of_a_rehearsal_is_worth_nothing_at_the_token_endpoint(world: World, ada: Client) -> None:
    code = parse_qs(urlsplit(arrive(world, begin(world, ada))).query)["code"][0]
    shop = ceremonies.client_of(world)
    for redirect in (rehearsals.redirect_uri(), shop.redirect_uri):
        with pytest.raises(TokenRefused):
            shop.redeem(world.visitor, code, redirect_uri=redirect)


def test_nobody_else_gets_a_code_sent_to_the_console(world: World) -> None:
    """The address is no redirect URI of anybody's: not in a request, and not in one that the client itself pushes."""
    shop = ceremonies.client_of(world)
    query = shop.query(redirect_uri=rehearsals.redirect_uri())
    with pytest.raises(UntrustedClient):
        authentication.start(world.visitor, world.application, query, session=None, browser_key=BROWSER)
    form = parameters.read_form(f"{query}&{urlencode({'client_secret': shop.secret})}")
    with pytest.raises(pushed_requests.RequestRefused):
        pushed_requests.push(world.visitor, world.application, form=form, headers={})


def test_a_rehearsal_that_took_too_long_is_over(world: World, ada: Client) -> None:
    back = arrive(world, begin(world, ada))
    Rehearsal.objects.update(expires_at=world.ctx.now - timedelta(seconds=1))
    assert ada.get(back).status_code == 403
    assert rehearsals.forget(world.at(timedelta(hours=2))) == 1


def test_who_may_not_change_applications_may_not_try_them(world: World, clerk: Callable[..., Client]) -> None:
    reader = clerk("applications:read")
    assert reader.post(f"{url(world)}/try").status_code == 403
    assert reader.get("/console/try-it?state=x").status_code == 403
    assert "Try it" not in reader.get(url(world)).content.decode()
    assert not PushedRequest.objects.exists()


def test_what_signs_nobody_in_on_our_pages_is_not_tried(world: World, ada: Client) -> None:
    """A machine, an app that embeds the authenticator, and the console itself."""
    machine = applications_verbs.create_application(
        world.ctx,
        world.realm,
        display_name="Robot",
        protocol_config={"type": "oauth2", "grant_type": ["client_credentials"]},
    ).application
    config = {"type": "embedded", "invoke_url": "https://app.test/in", "trusted_origins": ["https://app.test"]}
    embedded = authenticators.create_authenticator_config(
        world.ctx, world.realm, display_name="In the app", config=config
    )
    app = applications_verbs.create_application(
        world.ctx, world.realm, display_name="App", protocol_config=web(), authenticator_config=embedded
    ).application
    for application in (machine, app, world.acme.console):
        address = f"/console/realms/{application.realm_id}/applications/{application.pk}"
        assert "Try it" not in ada.get(address).content.decode()
        ada.post(f"{address}/try")
    assert not PushedRequest.objects.exists()


def test_a_client_that_proves_itself_by_keys_is_tried_as_well(world: World, ada: Client) -> None:
    """FAPI 2.0: pushed requests and bound tokens only. It is the console that asks, and nobody gets the token."""
    config = web(
        security_profile="fapi2",
        token_endpoint_auth_method="private_key_jwt",
        jwks_uri="https://shop.test/jwks.json",
    )
    applications_verbs.update_application(
        world.ctx,
        world.application,
        display_name="Shop",
        protocol_config=config,
        authenticator_config=world.acme.customers.config,
        resource_server=None,
    )
    world.application.refresh_from_db()
    assert ada.get(arrive(world, begin(world, ada))).status_code == 200
