"""The mails that carry links, and the mailbox in which embedded mode shows them."""

import json
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.test import Client as Browser

from apps.core import secrets
from apps.credentials.services import jobs
from apps.onboarding import services as onboarding
from apps.realms import mail
from apps.realms.models import OutgoingMail
from tests import ceremonies
from tests.world import World


def last_mail() -> dict[str, str]:
    row = OutgoingMail.objects.latest("id")
    return json.loads(secrets.unseal(row.sealed_content, f"outgoing_mail.content:{row.pk}"))


def invite(world: World, **further: object) -> str:
    """Mails Bob his link; returns it."""
    config = ceremonies.config_of(world, world.bob)
    made = jobs.create_job(world.ctx, world.bob, delivery_method="EMAIL", authenticator_config=config, **further)
    return made.link


def test_the_invitation_says_who_what_and_how_long(world: World) -> None:
    link = invite(world)
    content = last_mail()
    assert content["subject"] == "Create your passkey for Acme"
    for part in (content["text"], content["html"].replace("&amp;", "&")):
        assert link in part
        assert "Bob Baker" in part
        assert "The link works once, for 7 days." in part
        assert "If this wasn't you" in part.replace("&#x27;", "'")
    assert "{{" not in content["html"] + content["text"]
    assert "<script" not in content["html"]


def test_the_first_administrator_is_welcomed(world: World) -> None:
    onboarding.create_tenant(
        world.visitor, name="O'Hara & Söhne", admin_email="zoe@ohara.test", admin_name="Zoë O'Hara"
    )
    content = last_mail()
    assert content["subject"] == "Welcome to Identity Cloud: create your passkey"
    assert "The console of O'Hara & Söhne is ready." in content["text"]
    assert "Welcome to Identity Cloud, Zoë O'Hara" in content["text"]
    assert "O&#x27;Hara &amp; Söhne" in content["html"] or "O'Hara &amp; Söhne" in content["html"]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=30), "30 days"), (timedelta(days=7), "7 days"), (timedelta(hours=47), "47 hours"),
        (timedelta(hours=24), "24 hours"), (timedelta(minutes=119, seconds=59), "119 minutes"),
        (timedelta(minutes=5), "5 minutes"),
    ],
)  # fmt: skip
def test_a_mail_never_promises_more_time_than_there_is(span: timedelta, words: str) -> None:
    assert mail.in_words(span) == words


@pytest.fixture
def folder(settings: object, tmp_path: object) -> object:
    settings.EMAIL_FILE_PATH = str(tmp_path)  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = "tests.faces.hosted.embedded_urls"  # type: ignore[attr-defined]
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"  # type: ignore[attr-defined]
    return tmp_path


def test_the_mailbox_shows_mail_with_its_links(world: World, client: Browser, folder: object) -> None:
    assert "No mail yet" in client.get("/dev/mailbox").content.decode()
    link = invite(world)
    assert mail.send(str(OutgoingMail.objects.latest("id").pk))
    listed = client.get("/dev/mailbox")
    assert "Create your passkey for Acme" in listed.content.decode()
    assert "bob@acme.test" in listed.content.decode()
    name = listed.context["mails"][0].name
    shown = client.get(f"/dev/mailbox/{name}")
    assert f'href="{link}"' in shown.content.decode()


def test_a_mail_cannot_bring_markup_along(client: Browser, folder: object) -> None:
    message = EmailMessage()
    message["Subject"], message["To"], message["Date"] = "<b>x</b>", "a@b.test", "not a date"
    message.set_content("<script>alert(1)</script> javascript:alert(1) http://ok.test/?a=1&b=2")
    path = folder / "20260101-000000-1.log"  # type: ignore[operator]
    path.write_bytes(message.as_bytes() + b"\n" + b"-" * 79)
    html = client.get("/dev/mailbox/20260101-000000-1.log").content.decode()
    assert "<script>alert" not in html
    assert 'href="javascript' not in html
    assert 'href="http://ok.test/?a=1&amp;b=2"' in html
    assert "&lt;b&gt;x&lt;/b&gt;" in client.get("/dev/mailbox").content.decode()


@pytest.mark.parametrize("name", ["x", "..", "%2e%2e%2fsecrets", "20260101-000000-1.txt", "20260101-000000-2.log"])
def test_the_mailbox_opens_mail_and_nothing_else(client: Browser, folder: object, name: str) -> None:
    assert client.get(f"/dev/mailbox/{name}").status_code == 404
