"""Branding and mails at the console: what people will see, before anybody sees it."""

from typing import Any

import pytest
from django.test import Client

from apps.realms import contrast, email_templates
from apps.realms import selectors as realms
from apps.realms.models import OutgoingMail
from tests.world import World

pytestmark = pytest.mark.django_db
LOOK = {
    "name": "Acme", "logo_light": "https://acme.test/logo.svg", "logo_dark": "", "support": "https://acme.test/help",
    "color": "#224488", "text_color": "#ffffff",
}  # fmt: skip


@pytest.fixture
def base(world: World) -> str:
    return f"/console/realms/{world.realm.pk}"


def version(client: Client, url: str) -> str:
    return client.get(url).context["form"]["version"].value()


def test_the_first_saving_makes_a_theme_and_the_next_changes_it(world: World, ada: Client, base: str) -> None:
    url = f"{base}/branding"
    assert ada.post(url, {**LOOK, "version": version(ada, url)}).status_code in (302, 303)
    theme = realms.theme_of(world.realm)
    assert (theme.email_realm_name, theme.button_color) == ("Acme", "#224488")
    stale = version(ada, url)
    ada.post(url, {**LOOK, "name": "Acme Corp", "version": stale})
    assert realms.theme_of(world.realm).email_realm_name == "Acme Corp"
    lost = ada.post(url, {**LOOK, "name": "Mine", "version": stale})
    assert lost.status_code == 409
    assert 'value="Mine"' in lost.content.decode()


def test_what_could_leave_a_stylesheet_or_a_page_is_refused(ada: Client, base: str) -> None:
    url = f"{base}/branding"
    for wrong in ({"color": "red;}body{"}, {"logo_light": "javascript:alert(1)"}, {"support": "http://acme.test"}):
        answer = ada.post(url, {**LOOK, **wrong, "version": version(ada, url)})
        assert answer.status_code == 422
    css = ada.get(f"{url}/theme.css", {"color": "red;}body{", "text_color": "#ffffff"})
    assert css.content == b":root{--brand-text:#ffffff;}\n"


def test_the_preview_shows_what_is_typed_in_a_frame_of_ours_alone(ada: Client, base: str) -> None:
    shown = ada.post(f"{base}/branding/preview", {**LOOK, "name": "<b>Acme</b>"})
    assert "&lt;b&gt;Acme&lt;/b&gt;" in shown.content.decode()
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert "frame-src 'self'" in ada.get(f"{base}/branding")["Content-Security-Policy"]


def test_colours_that_are_hard_to_read_are_told(ada: Client, base: str) -> None:
    told = ada.post(f"{base}/branding/contrast", {"color": "#ffff00", "text_color": "#ffffff"}).content.decode()
    assert "Hard to read" in told
    assert "Everybody can read it" in ada.get(f"{base}/branding").content.decode()


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#FFFFFF", 21.0), ("#777777", "#ffffff", 4.48), ("#fff", "#000000", 0.0)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast.ratio(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast.ratio(other, one) == contrast.ratio(one, other)


def test_a_mail_is_worded_previewed_tried_and_worded_as_it_came(world: World, ada: Client, base: str) -> None:
    url = f"{base}/mails/binding_link"
    assert "as it came" in ada.get(f"{base}/mails").content.decode()
    form = {
        "subject": "Welcome to {{ organization_name }}",
        "html": '<p>Hi {{ display_name }}, <a href="{{ action_url }}">begin</a></p>',
        "text": "Hi {{ display_name }}: {{ action_url }}",
    }
    shown = ada.post(f"{url}/preview", form)
    assert "Hi Ada Lovelace" in shown.content.decode()
    assert "sandbox" in shown["Content-Security-Policy"]
    assert "script-src" not in shown["Content-Security-Policy"] or "'none'" in shown["Content-Security-Policy"]
    ada.post(f"{url}/send", form)
    (sent,) = OutgoingMail.objects.filter(about_type="email_template")
    assert sent.recipient == world.acme.administrator.primary_email_address
    ada.post(url, {**form, "version": version(ada, url)})
    assert email_templates.get_wording(world.realm, "binding_link").subject == form["subject"]
    ada.post(f"{url}/reset")
    assert email_templates.get_wording(world.realm, "binding_link").is_default


def test_a_wording_that_does_not_render_says_where(ada: Client, base: str) -> None:
    url = f"{base}/mails/binding_link"
    form = {"subject": "Hi {{ secret }}", "html": "<script>x</script>", "text": "no link", "version": version(ada, url)}
    answer = ada.post(url, form)
    assert answer.status_code == 422
    assert "Hi {{ secret }}" in answer.content.decode()
    assert ada.post(f"{url}/preview", form).status_code == 200
    assert ada.get(f"{base}/mails/nothing").status_code == 404


def test_who_may_only_read_changes_nothing(clerk: Any, base: str) -> None:
    reader = clerk("realms:read", "themes:read")
    assert reader.get(f"{base}/branding").status_code == 200
    assert reader.post(f"{base}/branding", LOOK).status_code == 403
    for path in ("mails/recovery", "mails/recovery/send", "mails/recovery/reset"):
        assert reader.post(f"{base}/{path}", {}).status_code == 403
