"""The console is in the administrator's language from the first word to the last: chosen there, else the browser's."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import translation

from apps.applications.models import Role
from apps.console.event_words import TYPES
from apps.console.figures import figure, up_to
from apps.console.rule_sentences import Names, sentence_of
from apps.directory.models import Group
from apps.events.types import EventType
from apps.onboarding import seeds
from apps.policy.models import PolicyVersion
from apps.web import our_words
from tests import catalogues
from tests.faces.hosted.test_languages import english
from tests.isolation import atlas
from tests.world import World

pytestmark = pytest.mark.django_db
languages = pytest.mark.parametrize("language", catalogues.LANGUAGES)

HOME = "/console/realms"
# Pages that show code, which is in no language, and mails, which are in the language of whom they are for.
_QUOTED = ("json", "snippets", "quick-start", "mails", "mails/<str:kind>")
# Code, a header, and what the protocol calls an outcome.
_CODE = re.compile(r"<(pre|code)\b.*?</\1>|Authorization: |Authorization pending|[Pp]olicy tests failed", re.DOTALL)


def text_of(client: Client, path: str = HOME, **headers: str) -> str:
    return unescape(client.get(path, headers=headers).content.decode())


def test_it_follows_the_browser_until_somebody_chooses(ada: Client) -> None:
    assert '<html lang="en">' in text_of(ada)
    assert '<html lang="fr">' in text_of(ada, **{"Accept-Language": "fr, de;q=0.5"})
    answer = ada.post("/console/language", {"language": "ja"}, headers={"Referer": f"http://testserver{HOME}"})
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    assert '<html lang="ja">' in text_of(ada, **{"Accept-Language": "fr"})
    ada.post("/console/language", {"language": ""})
    assert '<html lang="fr">' in text_of(ada, **{"Accept-Language": "fr"})


@pytest.mark.parametrize("odd", ["tlh", "de" * 60, "../../de", "\x00", "en\r\nSet-Cookie: a=b"])
def test_an_odd_language_is_none(ada: Client, odd: str) -> None:
    answer = ada.post("/console/language", {"language": odd}, headers={"Referer": "https://evil.test/x"})
    assert answer.status_code == 400 or answer["Location"] == "/console/"
    ada.cookies["identity_cloud_language"] = "tlh"
    assert '<html lang="en">' in text_of(ada)


def test_who_is_not_signed_in_chooses_too_and_only_for_the_console(client: Client) -> None:
    client.post("/console/language", {"language": "es"})
    assert client.cookies["identity_cloud_language"]["path"] == "/console"
    assert '<html lang="es">' in text_of(client, "/console/login")


def test_a_wrong_address_and_a_missing_right_are_told_in_the_language_chosen(ada: Client) -> None:
    ada.post("/console/language", {"language": "de"})
    assert '<html lang="de">' in text_of(ada, "/console/realms/0000000000000000/")


@languages
def test_no_page_of_the_console_leaves_english(ada: Client, world: World, language: str) -> None:
    ada.post("/console/language", {"language": language})
    here, left, found = atlas.furnish(world, world.acme.customers), english(language, of_console=True), {}
    for route in atlas.routes("console"):
        if route.template.endswith(_QUOTED):
            continue
        answer = ada.get(route.path(here))
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            text = unescape(_CODE.sub("", answer.content.decode()))
            if pieces := [piece for piece in left if piece in text]:
                found[str(route)] = pieces[:5]
    assert not found


def test_numbers_are_written_as_the_language_does() -> None:
    told = {}
    for language in ("en", "de", "fr", "ja"):
        with translation.override(language):
            told[language] = figure(1_234_567).replace("\u202f", " ").replace("\xa0", " ")
    assert told == {"en": "1,234,567", "de": "1.234.567", "fr": "1 234 567", "ja": "1,234,567"}
    assert up_to(10_001, 10_000) == "10,000+"


def test_a_rule_is_one_sentence_without_gaps() -> None:
    rule = {"transaction": "authentication", "condition": {}, "action": {"type": "allow"}}
    assert sentence_of(rule, Names()) == "When anyone signs in"


def test_every_type_of_event_has_a_name() -> None:
    assert set(TYPES) == {str(kind) for kind in EventType}


def test_what_the_product_wrote_into_rows_is_told_in_the_readers_language(ada: Client, world: World) -> None:
    """The sentences stand where they are written, too: whoever changes one there finds it here."""
    assert ada.post("/console/administrators/set-up").status_code == 303
    written = {role.description for role in Role.objects.filter(realm=world.acme.admin_realm, is_managed=False)}
    written |= {version.comment for version in PolicyVersion.objects.filter(realm=world.acme.admin_realm)}
    written |= {group.description for group in Group.objects.filter(display_name=seeds.LIMITED_GROUP)}
    assert written == set(our_words.WRITTEN_BY_US)
    ada.post("/console/language", {"language": "de"})
    here = f"/console/realms/{world.acme.admin_realm.pk}"
    for path in ("/console/administrators/new", f"{here}/policy/versions", f"{here}/groups"):
        text = text_of(ada, path)
        assert not [sentence for sentence in written if sentence in text], path
