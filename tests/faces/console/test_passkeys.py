"""Passkeys at the console: invite by mail or link, watch the link's state, withdraw it, revoke the passkey."""

import json
import re
import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.authentication import sessions
from apps.authentication.services import PasskeyUnknown
from apps.console.views import passkeys
from apps.credentials import selectors as credentials
from apps.credentials.services import jobs
from apps.directory import selectors as directory
from apps.directory import traits
from apps.directory.services import identities
from apps.onboarding import services as onboarding
from apps.realms import mail
from apps.realms import selectors as realms
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.world import World, join

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def bob(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/identities/{world.bob.pk}"


def invite(client: Client, bob: str, world: World, delivery: str, **fields: Any) -> Any:
    headers = fields.pop("headers", {})
    form = {"delivery": delivery, "authenticator": str(world.acme.customers.config.pk), "life": "604800", **fields}
    return client.post(f"{bob}/passkeys/new", form, **headers)


def only_job(world: World) -> Any:
    return credentials.jobs_of(world.bob).get()


def test_a_mailed_link_is_queued_and_the_page_says_where_it_goes(world: World, ada: Client, bob: str) -> None:
    answer = invite(ada, bob, world, "EMAIL", headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, bob)
    assert "A link is on its way to bob@acme.test." in ada.get(bob).content.decode()
    assert realms.mail_about(world.realm, jobs.ABOUT, only_job(world).pk).get().recipient == "bob@acme.test"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_link_is_shown_once_and_makes_a_passkey(world: World, ada: Client, bob: str, headers: dict[str, str]) -> None:
    answer = invite(ada, bob, world, "RETURN", headers=headers)
    page = answer.content.decode()
    link = answer.context["link"]
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert f'data-copy="{link.replace("&", "&amp;")}"' in page
    assert ("<html" in page) is not bool(headers)
    assert link not in ada.get(bob).content.decode()
    job = credentials.get_job(world.realm, only_job(world).pk)
    ceremonies.bind(world.visitor, jobs.JobWithLink(job, link), SoftPasskey())
    assert credentials.active_counts(world.realm, [world.bob.pk]) == {world.bob.pk: 1}


def test_life_and_the_page_after_are_the_administrators_choice(world: World, ada: Client, bob: str) -> None:
    invite(ada, bob, world, "RETURN", life="3600", redirect="https://shop.acme.test/welcome")
    job = only_job(world)
    assert job.expires_at - job.created_at == timedelta(hours=1)
    assert job.post_binding_redirect_uri == "https://shop.acme.test/welcome"


@pytest.mark.parametrize("redirect", ["http://shop.acme.test", "javascript:alert(1)", "nonsense", "https://a b"])
def test_an_address_that_is_not_allowed_is_refused_on_its_field_and_unfolds_it(
    world: World, ada: Client, bob: str, redirect: str
) -> None:
    answer = invite(ada, bob, world, "RETURN", redirect=redirect, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<details class="disclosure" open>' in page
    assert page.count('class="field-error"') == 1
    assert not credentials.jobs_of(world.bob).exists()


@pytest.mark.parametrize(
    "wrong", [{"life": "60"}, {"life": "x"}, {"authenticator": "1"}, {"delivery": "PIGEON"}, {"delivery": ""}]
)
def test_what_the_form_does_not_offer_is_refused(world: World, ada: Client, bob: str, wrong: dict[str, str]) -> None:
    assert invite(ada, bob, world, **{"delivery": "RETURN", **wrong}).status_code == 422


def test_another_realms_authenticator_is_not_offered(world: World, ada: Client, bob: str) -> None:
    foreign = str(world.acme.staff.config.pk)
    assert invite(ada, bob, world, "RETURN", authenticator=foreign).status_code == 422


def test_without_an_address_mail_cannot_be_chosen_and_the_form_says_why(world: World, ada: Client, bob: str) -> None:
    given = {"type": traits.TYPE, "primary_email_address": ""}
    identities.update_identity(world.ctx, world.bob, traits=traits.parse(given, creating=False))
    page = ada.get(f"{bob}/passkeys/new").content.decode()
    assert "There is no e-mail address to send it to." in page
    assert re.search(r'<input[^>]*value="EMAIL"[^>]*\bdisabled\b', page)
    answer = invite(ada, bob, world, "EMAIL")
    assert answer.status_code == 422
    assert "There is no e-mail address to send it to." in answer.content.decode()


def test_a_realm_without_an_authenticator_says_what_to_do_first(world: World, ada: Client) -> None:
    realm = onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name="Bare")
    person = join(world.ctx, realm, "bob", "Bob Bare", "acme.test")
    page = ada.get(f"/console/realms/{realm.pk}/identities/{person.pk}/passkeys/new").content.decode()
    assert "This realm has no authenticator yet." in page


# --- watching ---------------------------------------------------------------------------------------------------------


def section(client: Client, bob: str, seen: str = "") -> Any:
    return client.get(f"{bob}/passkeys", {"seen": seen}, **HTMX)


def test_the_page_asks_again_only_while_a_link_is_open(world: World, ada: Client, bob: str) -> None:
    assert "data-poll" not in ada.get(bob).content.decode()
    made = ceremonies.invite(world, world.bob)
    page = ada.get(bob).content.decode()
    assert "data-poll" in page
    assert f'hx-get="{bob}/passkeys?seen={made.job.pk}:LINK_SENT"' in page
    jobs.revoke_job(world.ctx, made.job)
    assert "data-poll" not in section(ada, bob, f"{made.job.pk}:LINK_SENT").content.decode()


def test_nothing_new_is_no_answer_and_news_are_announced(world: World, ada: Client, bob: str) -> None:
    made = ceremonies.invite(world, world.bob)
    seen = f"{made.job.pk}:LINK_SENT"
    assert section(ada, bob, seen).status_code == 204
    ceremonies.bind(world.visitor, made, SoftPasskey())
    answer = section(ada, bob, seen)
    assert "Chrome on Mac" in answer.content.decode()
    assert json.loads(answer["HX-Trigger"])["toast"]["text"] == "Bob Baker made a passkey."


def test_a_mail_that_could_not_be_sent_says_why(
    world: World, ada: Client, bob: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(ada, bob, world, "EMAIL")

    def refuse(*_: Any, **__: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({"bob@acme.test": (550, b"no such box")})

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)  # what leaves the process
    job = only_job(world)
    mail.send(str(realms.mail_about(world.realm, jobs.ABOUT, job.pk).get().pk))
    answer = section(ada, bob, f"{job.pk}:LINK_SENT")
    assert "550 recipient refused" in answer.content.decode()
    assert json.loads(answer["HX-Trigger"])["toast"]["tone"] == "danger"


def test_a_link_that_is_too_old_reads_as_expired(world: World, ada: Client, bob: str) -> None:
    jobs.create_job(
        world.at(timedelta(days=-8)),
        world.bob,
        delivery_method="RETURN",
        authenticator_config=world.acme.customers.config,
    )
    page = ada.get(bob).content.decode()
    assert "Expired" in page
    assert "data-poll" not in page


# --- ending -----------------------------------------------------------------------------------------------------------


def test_a_withdrawn_link_no_longer_works(world: World, ada: Client, bob: str) -> None:
    made = ceremonies.invite(world, world.bob)
    page = ada.post(f"{bob}/jobs/{made.job.pk}/revoke", follow=True).content.decode()
    assert "The link is withdrawn. It no longer works." in page
    job = credentials.get_job(world.realm, made.job.pk)
    with pytest.raises(jobs.JobClosed):
        ceremonies.bind(world.visitor, jobs.JobWithLink(job, made.link), SoftPasskey())


def test_a_link_that_was_used_cannot_be_withdrawn(world: World, ada: Client, bob: str) -> None:
    made = ceremonies.invite(world, world.bob)
    ceremonies.bind(world.visitor, made, SoftPasskey())
    page = ada.post(f"{bob}/jobs/{made.job.pk}/revoke", HTTP_REFERER=f"http://testserver{bob}", follow=True)
    assert "The job is complete." in page.content.decode()


def test_a_revoked_passkey_signs_nobody_in_and_its_session_is_over(world: World, ada: Client, bob: str) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
    credential = credentials.credentials_of(world.bob).get()
    page = ada.post(f"{bob}/passkeys/{credential.pk}/revoke", follow=True).content.decode()
    assert "Passkey revoked. Bob Baker can no longer sign in with it." in page
    assert "Revoked" in page
    assert sessions.sessions_of(world.ctx, directory.get_identity(world.realm, world.bob.pk)).count() == 0
    with pytest.raises(PasskeyUnknown):
        ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)


def test_a_revoked_passkey_cannot_be_revoked_from_the_page_again(world: World, ada: Client, bob: str) -> None:
    ceremonies.give_passkey(world, world.bob)
    credential = credentials.credentials_of(world.bob).get()
    assert f'id="revoke-{credential.pk}"' in ada.get(bob).content.decode()
    ada.post(f"{bob}/passkeys/{credential.pk}/revoke")
    assert f'id="revoke-{credential.pk}"' not in ada.get(bob).content.decode()


def test_another_persons_passkey_and_link_are_not_found_under_this_one(world: World, ada: Client, bob: str) -> None:
    carol = world.acme.customers.carol
    ceremonies.give_passkey(world, carol)
    made = ceremonies.invite(world, carol)
    credential = credentials.credentials_of(carol).get()
    assert ada.post(f"{bob}/passkeys/{credential.pk}/revoke").status_code == 404
    assert ada.post(f"{bob}/jobs/{made.job.pk}/revoke").status_code == 404
    credential.refresh_from_db()
    assert credential.is_active


def test_who_may_only_read_sees_passkeys_and_no_buttons(world: World, clerk: Callable[..., Client], bob: str) -> None:
    ceremonies.give_passkey(world, world.bob)
    reader = clerk("identities:read", "credentials:read")
    page = reader.get(bob).content.decode()
    assert "Chrome on Mac" in page
    assert "Revoke" not in page
    assert "Add a passkey" not in page
    assert "Links" not in page
    assert "Recent events" not in page
    assert "Danger zone" not in page


def test_very_many_passkeys_are_shown_in_part_and_the_page_says_so(
    world: World, ada: Client, bob: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "_PASSKEYS_SHOWN", 2)
    for _ in range(2):
        ceremonies.give_passkey(world, world.bob)
    assert "The management API lists them all" not in ada.get(bob).content.decode()
    ceremonies.give_passkey(world, world.bob)
    newest = credentials.active_credentials_of(world.bob).last()
    answer = ada.get(bob)
    section = answer.context["section"]
    assert [len(section["passkeys"]), section["active"]] == [2, "2+"]
    assert newest
    assert section["passkeys"][0]["id"] == newest.pk
    assert "The first 2 are shown. The management API lists them all." in answer.content.decode()
