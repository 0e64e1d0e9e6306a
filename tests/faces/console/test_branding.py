"""Branding and mails at the console: what people will see, before anybody sees it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.events.types import EventType
from apps.realms import contrast, email_templates, logos, theme_drafts, themes
from apps.realms import selectors as realms
from apps.realms.look import look_of
from apps.realms.models import Logo, OutgoingMail
from tests import record
from tests.drawing import drawn
from tests.racing import race
from tests.world import World, build

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


def form_of(client: Client, url: str, **changes: str) -> dict[str, str]:
    """LOOK with `changes`, as the form there would send it."""
    form = client.get(url).context["form"]
    return {**LOOK, "version": form["version"].value(), "live_version": form["live_version"].value(), **changes}


def live(world: World) -> Any:
    return realms.theme_of(world.realm)


def test_a_draft_is_seen_by_administrators_alone_until_it_is_published(world: World, ada: Client, base: str) -> None:
    url = f"{base}/branding"
    assert ada.post(url, form_of(ada, url)).status_code == 303
    assert live(world)._state.adding
    assert "Not published yet" in ada.get(url).content.decode()
    assert ada.post(f"{url}/publish", form_of(ada, url, name="Acme Corp")).status_code == 303
    assert (live(world).email_realm_name, live(world).button_color) == ("Acme Corp", "#224488")
    assert realms.theme_draft_of(world.realm)._state.adding
    ada.post(url, form_of(ada, url, name="Never mind"))
    ada.post(f"{url}/discard")
    assert ada.get(url).context["form"]["name"].value() == "Acme Corp" == live(world).email_realm_name
    acts = [event.data["action"] for event in record.events(world.realm, EventType.THEME_CHANGE)]
    assert acts == ["DRAFT", "PUBLISH", "DRAFT", "DISCARD_DRAFT"]


@pytest.mark.parametrize("where", ["", "/publish"])
def test_who_saw_another_draft_is_shown_both(world: World, ada: Client, base: str, where: str) -> None:
    url = f"{base}/branding"
    stale = form_of(ada, url, name="Mine")
    ada.post(url, form_of(ada, url, name="Theirs"))
    lost = ada.post(f"{url}{where}", stale)
    assert lost.status_code == 409
    assert 'value="Mine"' in lost.content.decode()
    assert "Theirs" in lost.content.decode()
    again = lost.context["form"]
    seen = {"version": again["version"].value(), "live_version": again["live_version"].value()}
    assert ada.post(f"{url}{where}", {**stale, **seen}).status_code == 303


def test_what_the_api_changed_past_the_draft_is_told_and_not_replaced_unseen(
    world: World, ada: Client, base: str
) -> None:
    url = f"{base}/branding"
    theme = themes.create_theme(world.ctx, world.realm, email_realm_name="First")
    ada.post(url, form_of(ada, url, name="Draft"))
    before = form_of(ada, url, name="Draft")
    themes.update_theme(world.at(timedelta(seconds=1)), theme, email_realm_name="By the API")
    assert live(world).email_realm_name == "By the API"
    assert ada.post(f"{url}/publish", before).status_code == 409
    assert live(world).email_realm_name == "By the API"
    shown = ada.get(url).content.decode()
    assert "What is live was changed since this draft began" in shown
    assert "By the API" in shown
    assert ada.post(f"{url}/publish", form_of(ada, url, name="Draft")).status_code == 303
    assert live(world).email_realm_name == "Draft"


def test_colours_that_few_can_read_go_live_only_knowingly(world: World, ada: Client, base: str) -> None:
    url = f"{base}/branding"
    pale = form_of(ada, url, color="#ffff00")
    assert ada.post(f"{url}/publish", pale).status_code == 422
    assert live(world)._state.adding
    assert ada.post(f"{url}/publish", {**pale, "accept_contrast": "on"}).status_code == 303
    assert record.last(world.realm, EventType.THEME_CHANGE).data["contrast"] == "1.1"


def test_a_chosen_picture_becomes_the_logo(world: World, ada: Client, base: str) -> None:
    url = f"{base}/branding"
    picture = SimpleUploadedFile("logo.svg", drawn("acme"), "image/svg+xml")
    field = ada.post(f"{url}/logos/logo_light", {**form_of(ada, url), "logo_light_file": picture})
    assert field.status_code == 200
    address = logos.address_of(logos.path_of(Logo.objects.get()))
    assert field.content.decode().count(address) == 2
    picture.seek(0)
    assert ada.post(f"{url}/publish", {**form_of(ada, url), "logo_light_file": picture}).status_code == 303
    assert logos.address_of(live(world).logo_url_light) == address
    assert address in ada.get(url).content.decode()
    for wrong in (SimpleUploadedFile("a.png", b"<svg/>"), SimpleUploadedFile("b.png", b"")):
        for where in (url, f"{url}/publish", f"{url}/logos/logo_dark"):
            wrong.seek(0)
            refused = ada.post(where, {**form_of(ada, url), "logo_dark_file": wrong})
            assert refused.status_code == 422
            assert "Must be a PNG, JPEG or WebP picture." in refused.content.decode()
    assert ada.post(f"{url}/logos/name", form_of(ada, url)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_what_they_saw_one_wins() -> None:
    world = build()
    theme = themes.create_theme(world.ctx, world.realm, email_realm_name="First")
    draft = theme_drafts.keep_draft(world.ctx, world.realm, email_realm_name="Draft")
    seen = {"seen_at": draft.updated_at, "live_seen_at": theme.updated_at}

    def publish(name: str, seconds: int) -> Any:
        later = world.at(timedelta(seconds=seconds))
        return lambda: theme_drafts.publish_draft(later, world.realm, email_realm_name=name, **seen)

    def patch() -> Any:
        later = world.at(timedelta(seconds=3))
        return themes.update_theme(later, theme, email_realm_name="P", seen_at=theme.updated_at)

    finish = race(publish("A", 1), publish("B", 2), patch)
    assert (len(finish.won), len(finish.refused), finish.broke) == (1, 2, [])
    assert realms.theme_of(world.realm).email_realm_name == finish.won[0].email_realm_name


def test_what_could_leave_a_stylesheet_or_a_page_is_refused(ada: Client, base: str) -> None:
    url = f"{base}/branding"
    for wrong in ({"color": "red;}body{"}, {"logo_light": "javascript:alert(1)"}, {"support": "http://acme.test"}):
        for where in ("", "/publish"):
            assert ada.post(f"{url}{where}", form_of(ada, url, **wrong)).status_code == 422
    css = ada.get(f"{url}/theme.css", {"color": "red;}body{", "text_color": "#ffffff"})
    assert css.content == b":root{--brand-text:#ffffff;}\n"


def test_the_preview_shows_what_is_typed_in_a_frame_of_ours_alone(world: World, ada: Client, base: str) -> None:
    typed = {**LOOK, "name": "<b>Acme</b>", "logo_dark": "javascript:x"}
    for query in ("", "?shown=page&scheme=dark"):
        shown = ada.post(f"{base}/branding/preview{query}", {**LOOK, "name": "Acme"})
        assert ('data-theme="dark"' in shown.content.decode()) == bool(query)
        assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    hostile = ada.post(f"{base}/branding/preview", typed).content.decode()
    assert "<b>Acme" not in hostile
    assert "javascript:x" not in hostile
    mail = ada.post(f"{base}/branding/preview?shown=mail&scheme=dark", {**LOOK, "name": "Acme"})
    assert "#224488" in mail.content.decode()
    assert LOOK["logo_light"] in mail.content.decode()
    assert "prefers-color-scheme" not in mail.content.decode()
    assert "sandbox" in mail["Content-Security-Policy"]
    assert live(world)._state.adding
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
    assert (
        "on its way to ada@acme.test" in ada.post(f"{url}/send", form, headers={"HX-Request": "true"}).content.decode()
    )
    (sent,) = OutgoingMail.objects.filter(about_type="email_template")
    assert sent.recipient == world.acme.administrator.primary_email_address
    ada.post(url, {**form, "version": version(ada, url)})
    assert email_templates.get_wording(world.realm, "binding_link").subject == form["subject"]
    ada.post(f"{url}/reset")
    assert email_templates.get_wording(world.realm, "binding_link").is_default


def undo_of(client: Client, url: str) -> str | None:
    """What the button of the toast sends, or None where there is none."""
    found = re.search(r'formaction="[^"]*/branding/restore" name="draft" value="([^"]+)"', text_of(client, url))
    return unescape(found[1]) if found else None


def text_of(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_the_default_look_is_a_button_away_and_so_is_the_way_back(world: World, ada: Client, base: str) -> None:
    url = f"{base}/branding"
    assert "Use the default look" not in text_of(ada, url), "it is what is live"
    pale = {"button_color": "#ffee00", "button_text_color": "#ffffff"}
    themes.create_theme(world.ctx, world.realm, email_realm_name="Acme Corp", support_url="https://acme.test/", **pale)
    assert "Use the default look" in text_of(ada, url)
    assert ada.post(f"{url}/reset").status_code == 303
    assert look_of(world.realm).organization_name == "Acme"
    undo = undo_of(ada, url)
    assert undo
    assert ada.post(f"{url}/restore", {"draft": undo}).status_code == 303
    assert (live(world).email_realm_name, live(world).button_color) == ("Acme Corp", "#ffee00")
    told = record.events(world.realm, EventType.THEME_CHANGE)[-2:]
    assert [event.data["action"] for event in told] == ["RESET", "PUBLISH"]
    assert told[0].data["changes"]["support_url"] == ["https://acme.test/", ""]
    ada.post(f"{url}/restore", {"draft": undo})
    assert len(record.events(world.realm, EventType.THEME_CHANGE)) == 3, "twice is once"


def test_the_default_look_leaves_a_draft_that_there_is(world: World, ada: Client, base: str) -> None:
    url = f"{base}/branding"
    themes.create_theme(world.ctx, world.realm, email_realm_name="Acme Corp")
    ada.post(url, form_of(ada, url, name="Worked on"))
    ada.post(f"{url}/reset")
    assert realms.theme_draft_of(world.realm).email_realm_name == "Worked on"
    assert undo_of(ada, url) is None
    assert ada.post(f"{url}/reset").status_code == 303, "it is what is live"


def test_what_somebody_changed_meanwhile_is_not_published_by_the_way_back(world: World, ada: Client, base: str) -> None:
    url = f"{base}/branding"
    themes.create_theme(world.ctx, world.realm, email_realm_name="Acme Corp")
    ada.post(f"{url}/reset")
    undo = undo_of(ada, url)
    theme_drafts.keep_draft(world.ctx, world.realm, email_realm_name="Not yet")
    ada.post(f"{url}/restore", {"draft": undo})
    assert live(world)._state.adding
    themes.create_theme(world.ctx, world.realm, email_realm_name="By the API")
    draft = realms.theme_draft_of(world.realm)
    ada.post(f"{url}/restore", {"draft": draft.updated_at.isoformat()})
    assert live(world).email_realm_name == "By the API"


def test_a_wording_that_does_not_render_says_where(ada: Client, base: str) -> None:
    url = f"{base}/mails/binding_link"
    form = {"subject": "Hi {{ secret }}", "html": "<script>x</script>", "text": "no link", "version": version(ada, url)}
    answer = ada.post(url, form)
    assert answer.status_code == 422
    assert "Hi {{ secret }}" in answer.content.decode()
    shown = ada.post(f"{url}/preview", form)
    assert "HTML: Line 1, column 1: &lt;script&gt; is not allowed" in shown.content.decode()
    refused = ada.post(f"{url}/send", form)
    assert "No test was sent" in refused.content.decode()
    assert "Hi {{ secret }}" in refused.content.decode()  # what was typed is still there
    assert not OutgoingMail.objects.exists()
    assert ada.get(f"{base}/mails/nothing").status_code == 404


def test_who_may_only_read_changes_nothing(clerk: Any, base: str) -> None:
    reader = clerk("realms:read", "themes:read")
    assert reader.get(f"{base}/branding").status_code == 200
    assert reader.post(f"{base}/branding", LOOK).status_code == 403
    for path in (
        "branding/publish",
        "branding/discard",
        "branding/reset",
        "branding/restore",
        "branding/logos/logo_light",
        "mails/recovery",
        "mails/recovery/send",
        "mails/recovery/reset",
    ):
        assert reader.post(f"{base}/{path}", {}).status_code == 403
