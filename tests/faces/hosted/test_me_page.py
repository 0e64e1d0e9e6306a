"""A person's own page: theirs alone, with a fresh proof before anything that cannot be undone."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.applications.models import Consent
from apps.authentication.models import LoginFlow, Session
from apps.credentials.models import Credential
from apps.web import cookies
from tests import ceremonies
from tests.additions import Person
from tests.authenticator import base64url
from tests.world import World

pytestmark = pytest.mark.django_db


def home(world: World) -> str:
    return f"/authenticator/v1/tenants/{world.acme.tenant.pk}/realms/{world.realm.pk}/me"


def browser_of(person: Person, **options: Any) -> Client:
    browser = Client(**options)
    browser.cookies[cookies.session_cookie(person.session.realm_id)] = person.token
    return browser


def grow_stale(person: Person) -> None:
    Session.objects.filter(pk=person.session.pk).update(authenticated_at=person.ctx.now - timedelta(minutes=6))


@pytest.fixture
def bob(world: World) -> Person:
    return Person.of(world)


@pytest.fixture
def browser(bob: Person) -> Client:
    return browser_of(bob)


def test_without_a_session_one_signs_in_and_comes_back(world: World) -> None:
    stranger = Client()
    response = stranger.get(home(world))
    assert response.status_code == 302
    assert "/bi-authenticate?request=" in response["Location"]
    passkey = ceremonies.give_passkey(world, world.bob)
    flow = LoginFlow.objects.get()
    done = ceremonies.prove(world.visitor, flow, passkey)
    assert (done.code, done.redirect_url) == ("", f"{ceremonies.origin()}{home(world)}")
    stranger.cookies[cookies.session_cookie(world.realm.pk)] = done.session_token
    page = stranger.get(home(world)).content.decode()
    assert "Bob Baker" in page
    assert "This browser" in page


def test_it_shows_what_is_theirs_and_nothing_of_anybody_else(world: World, bob: Person, browser: Client) -> None:
    carols = ceremonies.give_passkey(world, world.acme.customers.carol)
    response = browser.get(home(world))
    page = response.content.decode()
    assert response["Cache-Control"] == "no-store" or "no-store" in response["Cache-Control"]
    assert "Chrome on Mac" in page
    assert "Time zone" in page, "what is collected"
    assert bob.passkey.webauthn_id in page
    assert carols.webauthn_id not in page
    for path in ("rename", "withdraw", "end-session"):
        assert browser.get(f"{home(world)}/{path}").status_code == 405


def test_an_other_realms_session_is_none_here(world: World, bob: Person) -> None:
    evil = browser_of(Person.of(world, world.evil.customers.bob))
    assert evil.get(home(world)).status_code == 302
    staff = f"/authenticator/v1/tenants/{world.acme.tenant.pk}/realms/{world.acme.staff.realm.pk}/me"
    assert browser_of(bob).get(staff).status_code == 302
    mixed = f"/authenticator/v1/tenants/{world.evil.tenant.pk}/realms/{world.realm.pk}/me"
    assert browser_of(bob).get(mixed).status_code == 404


def test_a_passkey_is_renamed_in_place(world: World, browser: Client) -> None:
    passkey = Credential.objects.get(identity=world.bob)
    response = browser.post(f"{home(world)}/rename", {"passkey": passkey.pk, "name": "My laptop"})
    assert response.status_code == 302
    refused = browser.post(f"{home(world)}/rename", {"passkey": passkey.pk, "name": "<script>"})
    assert refused.status_code == 422
    assert "<script>" not in refused.content.decode().replace('<script type="module"', "").replace("<script id", "")
    passkey.refresh_from_db()
    assert passkey.display_name == "My laptop"


def test_revoking_warns_asks_and_ends_what_hangs_on_it(world: World, bob: Person, browser: Client) -> None:
    passkey = Credential.objects.get(identity=world.bob)
    asked = browser.get(f"{home(world)}/revoke?passkey={passkey.pk}").content.decode()
    assert "This is your last passkey" in asked
    passkey.refresh_from_db()
    assert passkey.is_active, "looking revokes nothing"
    done = browser.post(f"{home(world)}/revoke", {"passkey": passkey.pk})
    assert "is revoked" in done.content.decode()
    assert '"allAcceptedCredentialIds": []' in done.content.decode()
    passkey.refresh_from_db()
    assert not passkey.is_active
    assert browser.get(home(world)).status_code == 302


def test_who_only_reads_the_mail_revokes_no_passkey(world: World, bob: Person, browser: Client) -> None:
    """Without any they would be asked to make a first one, and the mailbox would have become a passkey."""
    Session.objects.filter(pk=bob.session.pk).update(credential=None, acr="urn:identity-cloud:otp", amr=["otp"])
    passkey = Credential.objects.get(identity=world.bob)
    for send in (browser.get, browser.post):
        answer = send(f"{home(world)}/revoke", {"passkey": passkey.pk})
        assert (answer.status_code, answer["Location"]) == (302, home(world))
        assert "not enough to revoke" in browser.get(home(world)).content.decode()
    passkey.refresh_from_db()
    assert passkey.is_active


@pytest.mark.parametrize("path", ["revoke", "sign-out-everywhere", "devices"])
def test_what_cannot_be_undone_needs_a_proof_of_the_last_minutes(
    world: World, bob: Person, browser: Client, path: str
) -> None:
    passkey = Credential.objects.get(identity=world.bob)
    told = {"passkey": passkey.pk, "action": "begin"}
    grow_stale(bob)
    assert browser.get(home(world)).status_code == 200
    for response in (browser.get(f"{home(world)}/{path}", told), browser.post(f"{home(world)}/{path}", told)):
        assert response.status_code == 302
        assert "/bi-authenticate?request=" in response["Location"]
    passkey.refresh_from_db()
    assert passkey.is_active
    flow = LoginFlow.objects.latest("created_at")
    done = ceremonies.prove(world.visitor, flow, bob.passkey)
    assert done.redirect_url.startswith(f"{ceremonies.origin()}{home(world)}/{path}"), "back to where one was"
    browser.cookies[cookies.session_cookie(world.realm.pk)] = done.session_token
    assert browser.get(done.redirect_url).status_code == 200


def test_things_of_other_people_are_not_there(world: World, browser: Client) -> None:
    carol = Person.of(world, world.acme.customers.carol)
    evil = Person.of(world, world.evil.customers.bob)
    for person in (carol, evil):
        foreign = Credential.objects.get(identity=person.session.identity)
        for wanted in (foreign.pk, "x", "", "a" * 300, "\x00"):
            assert browser.post(f"{home(world)}/revoke", {"passkey": wanted}).status_code == 404
            assert browser.post(f"{home(world)}/rename", {"passkey": wanted, "name": "Mine"}).status_code == 404
        assert browser.post(f"{home(world)}/end-session", {"session": str(person.session.pk)}).status_code == 404
        person.session.refresh_from_db()
        assert person.session.ended_at is None
    foreign_application = world.evil.customers.application.pk
    assert browser.post(f"{home(world)}/withdraw", {"application": str(foreign_application)}).status_code == 404
    assert browser.post(f"{home(world)}/withdraw", {"application": "x"}).status_code == 404


def test_a_session_elsewhere_is_ended_and_everywhere_means_everywhere(
    world: World, bob: Person, browser: Client
) -> None:
    elsewhere = ceremonies.sign_in(world.visitor, ceremonies.client_of(world), bob.passkey)
    other = Session.objects.exclude(pk=bob.session.pk).get(identity=world.bob)
    assert browser.post(f"{home(world)}/end-session", {"session": str(other.pk)}).status_code == 302
    assert elsewhere.session_token
    assert [live.pk for live in ceremonies.live_sessions(world, world.bob)] == [bob.session.pk]
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world), bob.passkey)
    left = browser.post(f"{home(world)}/sign-out-everywhere")
    assert "You are signed out" in left.content.decode()
    assert not ceremonies.live_sessions(world, world.bob)


def test_what_was_agreed_to_is_shown_and_withdrawn(world: World, browser: Client) -> None:
    place = world.acme.customers
    Consent.objects.create(
        tenant=place.realm.tenant, realm=place.realm, identity=world.bob, application=place.application,
        scopes=["email"], granted_at=world.ctx.now,
    )  # fmt: skip
    assert "Shop" in browser.get(home(world)).content.decode()
    assert browser.post(f"{home(world)}/withdraw", {"application": str(place.application.pk)}).status_code == 302
    assert not Consent.objects.exists()
    assert browser.post(f"{home(world)}/withdraw", {"application": str(place.application.pk)}).status_code == 404


def test_no_act_is_taken_without_its_token(world: World, bob: Person) -> None:
    careful = browser_of(bob, enforce_csrf_checks=True)
    for path in ("rename", "revoke", "end-session", "sign-out-everywhere", "withdraw", "devices", "devices/approve"):
        assert careful.post(f"{home(world)}/{path}", {"passkey": "x"}).status_code == 403
    assert len(ceremonies.live_sessions(world, world.bob)) == 1


def test_the_browser_is_told_of_this_persons_passkeys_alone(world: World, bob: Person, browser: Client) -> None:
    """Realms share the RP ID: what is said is said of one user handle, which is one identity's."""
    theirs = Person.of(world, world.acme.staff.bob)
    page = browser.get(home(world)).content.decode()
    assert bob.passkey.webauthn_id in page
    assert theirs.passkey.webauthn_id not in page
    assert base64url(bob.passkey.user_handle) in page


def test_who_lost_everything_finds_the_way_back_where_mail_opens_it(world: World, bob: Person, browser: Client) -> None:
    assert "Lost a device?" not in browser.get(home(world)).content.decode()
    place = world.acme.customers
    profile = {
        "sign_up": {"enabled": False, "verify_email": "email_one_time_password"},
        "new_browser": {"verify_email": "email_one_time_password"},
        "returning": {"method": "webauthn_passkey", "fallback": "none"},
        "recovery": "email",
    }
    config = {**place.config.config, "authentication_profile": profile}
    type(place.config).objects.filter(pk=place.config.pk).update(config=config)
    assert f'href="{home(world)}/recover"' in browser.get(home(world)).content.decode()
    stranger = Client()
    way = stranger.get(f"{home(world)}/recover")["Location"]
    assert f"/authenticator-configs/{place.config.pk}/recover?flow=" in way
    assert stranger.get(way.removeprefix(ceremonies.origin())).status_code == 200


def test_many_sessions_are_shown_in_part_and_this_browsers_own_among_them(
    world: World, bob: Person, browser: Client
) -> None:
    count = 60
    Session.objects.bulk_create(
        Session(
            realm=bob.session.realm, tenant_id=bob.session.tenant_id, identity=bob.session.identity, acr="phr", amr=[],
            token_digest=f"{number:064}", authenticated_at=world.ctx.now, last_seen_at=world.ctx.now,
            expires_at=bob.session.expires_at, created_at=world.ctx.now, updated_at=world.ctx.now,
        )
        for number in range(count)
    )  # fmt: skip
    page = browser.get(home(world)).content.decode()
    assert page.count(f'action="{home(world)}/end-session"') == 51
    assert page.count("This browser") == 1
    assert "The newest 50 are shown." in page
