"""Back in without a passkey: a link that scanners may fetch, a code, a new passkey; the person is told, no stranger is."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.authentication.models import Recovery
from apps.authentication.services import recovery
from apps.core import secrets
from apps.credentials.models import Credential, CredentialBindingJob
from apps.credentials.services import passkeys
from apps.directory import traits
from apps.directory.services import identities
from apps.events.types import EventType
from apps.realms.models import OutgoingMail
from tests import ceremonies, post
from tests import record as auditor
from tests.authenticator import SoftPasskey
from tests.faces import doors
from tests.faces.hosted.test_signing_in_with_a_code import read
from tests.racing import race
from tests.world import World

pytestmark = pytest.mark.django_db

BOB = "bob@acme.test"


@pytest.fixture
def page(world: World, client: Browser) -> dict[str, Any]:
    """The page behind "Lost your passkey?"."""
    ceremonies.open_codes(world)
    return asking(world, client)


def asking(world: World, client: Browser) -> dict[str, Any]:
    text = client.get(doors.path_of(doors.sent_to(client, ceremonies.client_of(world)))).content.decode()
    found = re.search(r'href="([^"]*/recover\?flow=[^"]*)"', text)
    assert found, text
    path = doors.path_of(found[1])
    return {**read(client.get(path)), "path": path}


def ask(client: Browser, page: dict[str, Any], address: str = BOB) -> Any:
    return client.post(page["path"], {"flow": page["flow"], "email": address})


def follow(client: Browser) -> tuple[str, dict[str, str]]:
    """(the path of the page with the button, what its form holds) of the last mailed link."""
    path = doors.path_of(post.last_link("recovery"))
    form = read(client.get(path))
    return path, {"id": form["id"], "token": form["token"]}


def recover(client: Browser) -> Any:
    """From the mailed link to the answer to the right code."""
    path, form = follow(client)
    sent = client.post(path, form)
    assert sent.status_code == 303, sent.content
    return client.post(doors.path_of(sent["Location"]), {"id": form["id"], "code": post.last_code()})


def bind(client: Browser, world: World, page_path: str) -> Any:
    """Makes a passkey with what the bind page gives its script."""
    data = doors.data_of(client.get(doors.path_of(page_path)))
    challenge = secrets.from_base64url(data["publicKey"]["challenge"])
    handle = secrets.from_base64url(passkeys.user_handle(world.bob))
    made = SoftPasskey().create(challenge, origin=ceremonies.origin(), user_handle=handle)
    headers = {"Authorization": f"Bearer {data['token']}"}
    return client.post(data["bindUrl"], {"type": "WEBAUTHN", "raw": made.raw}, "application/json", headers=headers)


def test_a_person_gets_back_in_keeps_the_old_passkey_and_is_told(
    world: World, client: Browser, page: dict[str, Any]
) -> None:
    ceremonies.give_passkey(world, world.bob)
    assert ask(client, page).status_code == 200
    assert OutgoingMail.objects.get(kind="recovery").recipient == BOB
    done = recover(client)
    assert "/bind?" in done["Location"]
    assert "/me" in client.get(doors.path_of(done["Location"])).content.decode()
    assert bind(client, world, done["Location"]).status_code == 200
    assert Credential.objects.filter(identity=world.bob, state="ACTIVE").count() == 2
    notice = post.last("security_notice")
    assert notice.recipient == BOB
    assert "You got back in and created a passkey" in post.text_of(notice)
    assert "/me" in post.text_of(notice)
    facts = auditor.last(world.realm, EventType.POLICY_EVALUATION).data["input"]["attributes"]
    assert facts["binding.reason"] == "recovery"
    created = [
        event
        for event in auditor.events(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE)
        if "binding_reason" in event.data
    ]
    assert created[-1].data["binding_reason"] == "recovery"


def test_fetching_the_link_does_nothing_however_often(world: World, client: Browser, page: dict[str, Any]) -> None:
    ask(client, page)
    path, _ = follow(client)
    before = (Recovery.objects.values().get(), OutgoingMail.objects.count(), CredentialBindingJob.objects.count())
    for _ in range(10):
        assert Browser().get(path).status_code == 200
    for _ in range(3):
        assert Browser().head(path).status_code == 200
    assert (
        Recovery.objects.values().get(),
        OutgoingMail.objects.count(),
        CredentialBindingJob.objects.count(),
    ) == before
    assert "/bind?" in recover(client)["Location"]


def test_the_link_works_once_and_for_a_quarter_of_an_hour(world: World, client: Browser, page: dict[str, Any]) -> None:
    ask(client, page)
    path, _ = follow(client)
    recover(client)
    used = client.get(path)
    assert (used.status_code, "was used" in used.content.decode()) == (410, True)
    ask(client, page)
    path, form = follow(client)
    Recovery.objects.update(expires_at=world.at(timedelta(seconds=-1)).now)
    assert client.get(path).status_code == 410
    assert client.post(path, form).status_code == 410


@pytest.mark.parametrize("part", ["id", "token"])
def test_a_link_with_a_changed_part_is_not_complete(client: Browser, page: dict[str, Any], part: str) -> None:
    ask(client, page)
    path, form = follow(client)
    for value in ("", "x", "\x00", form[part][:-1] + ("a" if form[part][-1] != "a" else "b")):
        assert client.post(path.partition("?")[0], {**form, part: value}).status_code == 401, value


def test_the_code_is_taken_in_the_browser_that_asked_for_it(client: Browser, page: dict[str, Any]) -> None:
    ask(client, page)
    path, form = follow(client)
    sent = client.post(path, form)["Location"]
    other = Browser().post(doors.path_of(sent), {"id": form["id"], "code": post.last_code()})
    assert other.status_code == 401
    wrong = client.post(doors.path_of(sent), {"id": form["id"], "code": "000000"})
    assert (wrong.status_code, "2 tries left" in wrong.content.decode()) == (422, True)


def test_nothing_tells_who_has_an_address(world: World, client: Browser, page: dict[str, Any]) -> None:
    identities.suspend_identity(world.ctx, world.acme.customers.people["dave"])
    told = []
    for address in (BOB, "dave@acme.test", "who@acme.test"):
        with CaptureQueriesContext(connection) as asked:
            answer = ask(client, page, address)
        body = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode()).replace(address, "?")
        told.append((answer.status_code, body, len(asked)))
    assert told[0] == told[1] == told[2]
    assert [row.recipient for row in OutgoingMail.objects.filter(kind="recovery").order_by("pk")] == [BOB, "", ""]


def test_where_only_an_administrator_helps_the_page_says_so(world: World, client: Browser) -> None:
    ceremonies.open_codes(world, recovery="admin_only")
    page = asking(world, client)
    assert "administrator" in page["text"]
    ask(client, {**page, "flow": page["path"].partition("flow=")[2]})
    assert not Recovery.objects.exists()


def test_an_address_is_mailed_five_links_an_hour(world: World, client: Browser, page: dict[str, Any]) -> None:
    assert [ask(client, page, f"{BOB}{' ' * n}").status_code for n in range(5)] == [200] * 5
    cache.clear()  # whatever becomes of the cache
    assert ask(client, page, BOB.upper()).status_code == 429
    assert auditor.last(world.realm, EventType.OTP_CHALLENGE).outcome == "TOO_MANY_REQUESTS"
    stranger = [ask(client, page, "nobody@acme.test").status_code for _ in range(6)]
    assert stranger == [200] * 5 + [429], "the same for who is not there"
    assert Recovery.objects.filter(identity=world.bob).count() == 5
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61), tick=False):
        later = asking(world, client)
        assert ask(client, later).status_code == 200


def test_a_code_is_nothing_once_the_address_is_another(world: World, client: Browser, page: dict[str, Any]) -> None:
    """An administrator who takes a stolen mailbox away from an account has taken it away."""
    ask(client, page)
    path, form = follow(client)
    sent = client.post(path, form)["Location"]
    elsewhere = traits.parse(
        {"type": traits.TYPE, "username": world.bob.username, "primary_email_address": "safe@acme.test"}, creating=True
    )
    identities.update_identity(world.ctx, world.bob, traits=elsewhere)
    answer = client.post(doors.path_of(sent), {"id": form["id"], "code": post.last_code()})
    assert (answer.status_code, "no longer works" in answer.content.decode()) == (422, True)
    assert not CredentialBindingJob.objects.filter(reason="recovery").exists()


def test_a_revoked_passkey_is_told_by_mail_once(world: World) -> None:
    ceremonies.give_passkey(world, world.bob)
    assert not OutgoingMail.objects.filter(kind="security_notice").exists()  # the first one is no change
    credential = Credential.objects.get(identity=world.bob)
    passkeys.revoke_credential(world.request, credential)
    passkeys.revoke_credential(world.request, Credential.objects.get(pk=credential.pk))
    text = post.text_of(OutgoingMail.objects.get(kind="security_notice"))
    assert "A passkey was revoked" in text
    assert world.request.client.ip not in text  # an administrator's address is no business of the person's


@pytest.mark.django_db(transaction=True)
def test_of_two_right_codes_at_once_one_makes_a_job(world: World, client: Browser) -> None:
    ceremonies.open_codes(world)
    ask(client, asking(world, client))
    path, form = follow(client)
    client.post(path, form)
    code = post.last_code()
    row = Recovery.objects.select_related("identity", "realm__tenant", "application__authenticator_config").get()
    found = race(lambda: recovery.confirm(world.visitor, row, code), times=2)
    assert len(found.won) == 1
    assert CredentialBindingJob.objects.filter(reason="recovery").count() == 1
