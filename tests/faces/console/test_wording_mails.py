"""Wording a realm's mails at the console: what may stand in them, in which language they go out, how they will look."""

import re

import pytest
from django.test import Client

from apps.realms import email_templates, themes, trial_mails
from apps.realms.mail_kinds import KINDS
from tests.world import World

pytestmark = pytest.mark.django_db
WORDING = {
    "subject": "Hi {{ display_name }} <at> {{ organization_name }}",
    "html": "<p>Come in</p><p>{{ action_url }}</p>",
    "text": "Come in:\n\n{{ action_url }}",
}
LIGHT, DARK = "https://acme.test/light.png", "https://acme.test/dark.png"


@pytest.fixture
def base(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/mails"


def text_of(client: Client, url: str, **headers: str) -> str:
    return client.get(url, headers=headers).content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_every_variable_is_a_button_and_told_in_the_readers_language(ada: Client, base: str, kind: str) -> None:
    page = text_of(ada, f"{base}/{kind}", **{"Accept-Language": "de"})
    for name, known in KINDS[kind].variables.items():
        assert f'data-insert="{{{{ {name} }}}}"' in page
        assert known.about not in page
    assert "Muss vorkommen." in page


def test_it_says_in_which_languages_a_mail_goes_out(world: World, ada: Client, base: str) -> None:
    url = f"{base}/binding_link"
    assert "in the reader's language (English, Deutsch, Español, Français, 日本語)" in text_of(ada, url)
    email_templates.update_wording(world.ctx, world.realm, "binding_link", subject="Mine")
    assert "Goes out in your words" in text_of(ada, url)
    ada.post(f"{url}/reset")
    assert "in the reader's language" in text_of(ada, url)


def test_the_preview_shows_subject_html_and_plain_text(ada: Client, base: str) -> None:
    html = ada.post(f"{base}/binding_link/preview?shown=mail", WORDING).content.decode()
    assert "Hi Ada Lovelace &lt;at&gt; Acme" in re.split(r"<body[^>]*>", html)[1].split("<table")[0]
    text = ada.post(f"{base}/binding_link/preview?shown=text", WORDING).content.decode()
    assert "Hi Ada Lovelace &lt;at&gt; Acme" in text
    assert "Come in:\n\nhttp" in text
    assert "<table" not in text
    wrong = ada.post(f"{base}/binding_link/preview?shown=text", {**WORDING, "text": "{{ secret }}"})
    assert "This does not render yet" in wrong.content.decode()


@pytest.mark.parametrize("logos", [{"logo_url_light": LIGHT, "logo_url_dark": DARK}, {"logo_url_dark": DARK}])
def test_the_logo_for_dark_is_hidden_until_a_mail_program_says_that_it_is_dark(
    world: World, logos: dict[str, str]
) -> None:
    themes.create_theme(world.ctx, world.realm, email_realm_name="Acme Corp", **logos)
    html = trial_mails.preview(world.realm, "binding_link", {})["html"]
    shown = html.split(DARK)[0]
    assert 'class="on-dark" style="display: none' in shown
    assert (LIGHT if "logo_url_light" in logos else "Acme Corp") in shown
    dark = html.split("@media (prefers-color-scheme: dark)")[1]
    assert re.search(r"\.on-light\s*{\s*display: none !important", dark)
    assert re.search(r"\.on-dark\s*{\s*display: block !important", dark)


def test_without_a_logo_for_dark_nothing_is_hidden(world: World) -> None:
    themes.create_theme(world.ctx, world.realm, email_realm_name="Acme Corp", logo_url_light=LIGHT)
    body = trial_mails.preview(world.realm, "binding_link", {})["html"].split("</head>")[1]
    assert LIGHT in body
    assert "on-light" not in body
    assert "on-dark" not in body
