"""Every page that people meet is in their language from the first word to the last, along the whole way in."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser

from tests import catalogues, ceremonies, post
from tests.additions import Person
from tests.faces import doors
from tests.faces.hosted.test_me_page import browser_of, home
from tests.faces.hosted.test_signing_in_with_a_code import enter, read, send
from tests.faces.oidc.shop import Shop
from tests.world import World

pytestmark = pytest.mark.django_db
languages = pytest.mark.parametrize("language", catalogues.LANGUAGES)
CHROME = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"
_FILLED_IN = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+>|\n+")
_OF_THE_WIRE = re.compile(r'data-plain="[^"]*"')  # read by the script alone, to know our own sentence by
_SHORTEST = 12  # shorter pieces of a sentence stand in other words too


def english(language: str, *, of_console: bool = False) -> list[str]:
    """Of every message its longer pieces between what is filled in, but for those that are words of the language too.
    What the console alone says may stand on a hosted page as a part of an address."""
    catalogue = [message for message in catalogues.read(language) if message.id]
    known = " ".join(str(message.string) for message in catalogue)
    spoken = [
        message for message in catalogue if of_console or any("console/" not in place for place, _ in message.locations)
    ]
    texts = [text for message in spoken for text in (message.id if isinstance(message.id, tuple) else (message.id,))]
    pieces = {piece.strip(" .:,") for text in texts for piece in _FILLED_IN.split(text)}
    return [piece for piece in pieces if len(piece) >= _SHORTEST and piece not in known]


def signing_in(world: World, browser: Browser, **asked: str) -> Iterator[Any]:
    """From the sign-in page to the offer of a passkey, with what goes wrong on the way."""
    ceremonies.open_codes(world)
    first = browser.get(doors.path_of(doors.sent_to(browser, ceremonies.client_of(world), **asked)))
    yield first
    page = read(first)
    yield send(browser, page, "no address")
    recover = re.search(r'href="([^"]*/recover\?flow=[^"]*)"', page["text"])
    assert recover
    yield browser.get(doors.path_of(recover[1]))
    yield browser.post(doors.path_of(recover[1]), {"flow": page["flow"], "email": "bob@acme.test"})
    sent = send(browser, page, "new@acme.test")
    yield browser.get(doors.path_of(sent["Location"]))
    yield enter(browser, sent["Location"], page["flow"], "000000")
    done = enter(browser, sent["Location"], page["flow"], post.last_code())
    yield browser.get(doors.path_of(done["Location"]))
    yield browser.post(doors.path_of(done["Location"]), {"flow": page["flow"], "display_name": "<script>"})
    named = browser.post(doors.path_of(done["Location"]), {"flow": page["flow"], "display_name": "Nell"})
    yield browser.get(doors.path_of(named["Location"]))
    browser.post(doors.path_of(named["Location"]), {"flow": page["flow"]})
    yield browser.get(doors.path_of(named["Location"]))


def at_home(world: World, language: str) -> Iterator[Any]:
    """What somebody does at their own page, and with another device."""
    bob = Person.of(world)
    browser = browser_of(bob, headers={"Accept-Language": language, "User-Agent": CHROME})
    own = home(world)
    passkey = {"passkey": bob.session.credential_id}
    yield browser.get(own)
    yield browser.post(f"{own}/rename", {**passkey, "name": "x" * 65})
    browser.post(f"{own}/rename", {**passkey, "name": "Laptop"})
    yield browser.get(own)
    yield browser.get(f"{own}/revoke", passkey)
    yield browser.get(f"{own}/sign-out-everywhere")
    yield browser.get(f"{own}/devices")
    browser.post(f"{own}/devices", {"action": "show"})
    yield browser.get(f"{own}/devices")
    yield browser.post(f"{own}/devices", {"action": "enter", "code": "AAA-AAA-AAA"})
    yield browser.post(f"{own}/revoke", passkey)


def elsewhere(world: World, shop: Shop) -> Iterator[Any]:
    """Links, devices, consent, signing out and up, and what is not there."""
    browser = shop.browser
    invitation = ceremonies.invite(world, world.bob)
    yield browser.get(doors.bind_page(invitation))
    yield browser.get(doors.path_of(invitation.link) + "x")
    for path in ("/signup", "/device", "/device?user_code=BBBB-BBBB", "/authenticator/import", "/authenticator/add"):
        yield browser.get(path)
    yield browser.post("/signup", {"organization": "", "name": "<>", "email": "no"})
    yield browser.get("/nothing/here")
    yield browser.get(shop.path("authorize") + "?client_id=wrong")
    shop.sign_in()
    yield browser.get(shop.path("end-session"))
    yield browser.get(shop.path("end-session") + "?post_logout_redirect_uri=https://evil.test")
    shop.register("Kite Rental", is_first_party=False)
    asked = shop.authorize(scope="openid profile email phone")
    assert "/consent" in asked["Location"]
    yield browser.get(doors.path_of(asked["Location"]))


def assert_all_in(language: str, pages: Iterator[Any]) -> None:
    left = english(language)
    for number, page in enumerate(pages):
        text = unescape(_OF_THE_WIRE.sub("", page.content.decode()))
        assert f'<html lang="{language}">' in text, (number, page.status_code, text[:300])
        assert page["Content-Language"] == language
        assert "Accept-Language" in page["Vary"]
        assert "no-store" in page["Cache-Control"]
        assert not [piece for piece in left if piece in text], (number, text[:300])


@languages
def test_signing_in_leaves_no_english_where_the_browser_asks_for_another(world: World, language: str) -> None:
    assert_all_in(language, signing_in(world, Browser(headers={"Accept-Language": f"{language}, en;q=0.5"})))


@languages
def test_what_the_client_asks_for_goes_before_the_browser_along_the_whole_way(world: World, language: str) -> None:
    browser = Browser(headers={"Accept-Language": "en, it"})
    assert_all_in(language, signing_in(world, browser, ui_locales=f"tlh {language.upper()}-XX en"))


@languages
def test_a_persons_own_page_leaves_no_english(world: World, language: str) -> None:
    assert_all_in(language, at_home(world, language))


@languages
def test_links_devices_consent_and_errors_leave_no_english(world: World, language: str) -> None:
    browser = Browser(headers={"Accept-Language": language})
    shop = Shop(world, browser, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))
    assert_all_in(language, elsewhere(world, shop))


def test_what_nobody_translated_is_in_english() -> None:
    browser = Browser(headers={"Accept-Language": "it, tlh;q=0.9"})
    for path in ("/nothing/here", "/console/login", "/console/nothing-here"):
        assert '<html lang="en">' in browser.get(path, follow=True).content.decode()


def test_one_request_leaves_its_language_to_no_other(world: World) -> None:
    path = home(world)
    assert 'lang="fr"' in Browser(headers={"Accept-Language": "fr"}).get(f"{path}/nothing").content.decode()
    assert 'lang="en"' in Browser().get(f"{path}/nothing").content.decode()


@pytest.mark.parametrize("ui_locales", ["", "de" * 60, "\x01de", "en de", " ".join(["x"] * 49) + " de", "../../de"])
def test_an_odd_wish_breaks_nothing(world: World, ui_locales: str) -> None:
    shop = Shop(world, Browser(), ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))
    for page in (shop.authorize(ui_locales=ui_locales), shop.authorize(ui_locales=ui_locales, client_id="wrong")):
        assert page.status_code in (302, 400)
        if page.status_code == 400:
            assert '<html lang="en">' in page.content.decode()
