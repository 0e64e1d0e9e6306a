"""A mail of ours speaks the reader's language: what their traits say, else that of the page they are at."""

from typing import Any

import pytest
from django.utils import translation

from apps.credentials.services import jobs
from apps.directory import selectors as directory
from apps.realms import email_templates, themes
from apps.realms.mail_kinds import KINDS
from apps.realms.mail_words import worded
from tests import catalogues, ceremonies, post
from tests.world import World


def invite(world: World) -> None:
    config = ceremonies.config_of(world, world.bob)
    jobs.create_job(world.ctx, world.bob, delivery_method="EMAIL", authenticator_config=config)


def last_mail() -> dict[str, str]:
    return post.content_of(post.last("binding_link"))


languages = pytest.mark.parametrize("language", catalogues.LANGUAGES)


@languages
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_worded_in_every_language_and_names_what_ours_names(kind: str, language: str) -> None:
    words = worded(kind, language)
    assert words is not None
    checks = email_templates.checks_of(kind)
    for part in email_templates.WORDED:
        text = getattr(words, part)
        assert checks[part](text, field=part) == text
        assert getattr(KINDS[kind], part) != text


@pytest.mark.parametrize(
    ("traits", "spoken"),
    [
        ({}, ""), ({"locale": "de-AT"}, "de"), ({"locale": "fr_CA"}, "fr"), ({"locale": "tlh"}, ""),
        ({"preferred_language": "ja, en;q=0.5", "locale": "de"}, "ja"), ({"preferred_language": "\0;;"}, ""),
        ({"preferred_language": None, "locale": "x" * 512}, ""),
    ],
)  # fmt: skip
def test_a_persons_language_is_told_from_their_traits(world: World, traits: dict[str, Any], spoken: str) -> None:
    world.bob.traits = traits
    assert directory.language_of(world.bob) == spoken


@languages
def test_a_mail_is_in_the_language_of_the_page_as_a_whole(world: World, language: str) -> None:
    with translation.override(language):
        invite(world)
    mail = last_mail()
    with translation.override(language):
        days = translation.ngettext("%(n)s day", "%(n)s days", 7) % {"n": 7}
    assert days in mail["text"]
    assert f'<html lang="{language}">' in mail["html"]
    for sentence in ("invites you", "The link works", "Create your passkey", "Hello", "Sent by"):
        assert sentence not in mail["text"] + mail["html"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Passkey erstellen:\nhttp"),
        ("fr", "Créer votre clé d’accès\u00a0:\nhttp"),
        ("ja", "パスキーを作成:\nhttp"),
    ],
)
def test_what_stands_above_a_link_has_the_colon_of_its_language(world: World, language: str, said: str) -> None:
    with translation.override(language):
        invite(world)
    assert said in last_mail()["text"]


@pytest.mark.parametrize(("language", "label"), [("en", "Get help: "), ("de", "Hilfe: "), ("fr", "Aide\u00a0: ")])
def test_the_foot_says_where_its_link_leads(world: World, language: str, label: str) -> None:
    themes.create_theme(world.ctx, world.realm, email_realm_name="Acme", support_url="https://acme.test/help")
    with translation.override(language):
        invite(world)
    assert last_mail()["text"].rstrip().endswith(f"\n{label}https://acme.test/help")


def test_what_a_person_reads_goes_before_the_page(world: World) -> None:
    world.bob.traits = {"preferred_language": "fr"}
    with translation.override("de"):
        invite(world)
    assert "Bonjour Bob Baker" in last_mail()["text"]


def test_a_realms_own_words_stand_in_every_language(world: World) -> None:
    email_templates.update_wording(world.ctx, world.realm, "binding_link", subject="Komm herein, {{ display_name }}")
    with translation.override("ja"):
        invite(world)
    mail = last_mail()
    assert mail["subject"] == "Komm herein, Bob Baker"
    assert "7 days" in mail["text"]
