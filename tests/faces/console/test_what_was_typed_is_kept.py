"""A form sent after the session was over is not done and not lost: it is shown again, filled in, to the same person in the
same browser (docs/decisions/0024-what-was-typed-is-kept.md)."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from apps.authentication.models import KeptForm, Session
from apps.authentication.services import sessions
from apps.directory import selectors as directory
from apps.directory.models import Group, Identity
from apps.directory.services import groups
from apps.streams.models import EventStream
from apps.web import cookies
from tests.world import World, join

pytestmark = pytest.mark.django_db


def over(client: Client, **changes: object) -> None:
    """An hour without anything."""
    idle = {"last_seen_at": Session.objects.latest("created_at").last_seen_at - timedelta(hours=1)}
    Session.objects.exclude(application=None).update(**(changes or idle))


def sent(client: Client, path: str, given: dict[str, str], page: str = "") -> str:
    """Posts it; where signing in leads back to."""
    answer = client.post(path, given, headers={"Referer": f"http://testserver{page or path}"})
    assert answer.status_code == 302
    where = urlsplit(answer["Location"])
    assert where.path == "/console/over"
    return parse_qs(where.query)["next"][0]


def seated(client: Client, again: Client) -> Client:
    """The same browser with another session."""
    client.cookies[cookies.console_cookie()] = again.cookies[cookies.console_cookie()].value
    return client


@pytest.fixture
def new_group(world: World, ada: Client) -> str:
    path = f"/console/realms/{world.realm.pk}/groups/new"
    ada.get(path)  # with its CSRF cookie
    return path


@pytest.fixture
def back(ada: Client, new_group: str) -> str:
    over(ada)
    return sent(ada, new_group, {"name": "Night shift", "description": 'Nights & "days"'})


def test_it_is_in_its_form_after_signing_in_and_nothing_was_done(
    world: World, ada: Client, back: str, new_group: str, sign_in: Callable[..., Client]
) -> None:
    assert not Group.objects.filter(display_name="Night shift").exists()
    assert b"Night shift" not in bytes(KeptForm.objects.get().sealed_content)
    assert "What you typed is kept" in ada.get("/console/over", {"next": back}).content.decode()
    page = seated(ada, sign_in(world.acme)).get(back)
    text = page.content.decode()
    assert 'value="Night shift"' in text
    assert "Nights &amp; &quot;days&quot;" in text
    assert "Nothing was done with it yet" in text
    assert not page.context["form"].is_bound
    assert not Group.objects.filter(display_name="Night shift").exists()
    made = ada.post(new_group, {name: page.context["form"][name].value() for name in ("name", "description")})
    assert made.status_code == 303
    assert Group.objects.filter(display_name="Night shift").exists()


def test_another_administrator_sees_an_ordinary_page(
    world: World, ada: Client, back: str, sign_in: Callable[..., Client]
) -> None:
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace", "acme.test")
    admins = directory.groups_in(world.acme.admin_realm).get(is_managed=True)
    groups.add_members(world.ctx, admins, [grace.pk])
    page = seated(ada, sign_in(world.acme, grace)).get(back)
    assert page.status_code == 200
    assert "Night shift" not in page.content.decode()
    assert "What you typed is in its form" not in page.content.decode()


def test_another_browser_sees_an_ordinary_page(world: World, back: str, sign_in: Callable[..., Client]) -> None:
    elsewhere = sign_in(world.acme)
    assert "Night shift" not in elsewhere.get(back).content.decode()


def test_it_does_not_wait_for_long(world: World, ada: Client, back: str, sign_in: Callable[..., Client]) -> None:
    KeptForm.objects.update(expires_at=world.ctx.now - timedelta(seconds=1))
    assert "Night shift" not in seated(ada, sign_in(world.acme)).get(back).content.decode()
    sessions.forget(world.at(timedelta(hours=2)))
    assert not KeptForm.objects.exists()


@pytest.mark.parametrize("other", ["groups", "identities/new", "groups/new?kept=no-id"])
def test_it_fills_no_other_page(
    world: World, ada: Client, back: str, other: str, sign_in: Callable[..., Client]
) -> None:
    kept = parse_qs(urlsplit(back).query)["kept"][0]
    address = f"/console/realms/{world.realm.pk}/{other}"
    page = seated(ada, sign_in(world.acme)).get(address if "?" in other else f"{address}?kept={kept}")
    assert page.status_code == 200
    assert "What you typed is in its form" not in page.content.decode()


def test_somebody_who_saved_meanwhile_is_a_conflict(world: World, ada: Client, sign_in: Callable[..., Client]) -> None:
    group = world.acme.customers.contractors
    path = f"/console/realms/{world.realm.pk}/groups/{group.pk}/edit"
    version = ada.get(path).context["form"]["version"].value()
    over(ada)
    back = sent(ada, path, {"name": "Mine", "description": "", "version": version})
    groups.update_group(world.at(timedelta(minutes=1)), group, display_name="Theirs")
    form = seated(ada, sign_in(world.acme)).get(back).context["form"]
    assert (form["name"].value(), form["version"].value()) == ("Mine", version)
    again = ada.post(path, {"name": "Mine", "description": "", "version": version})
    assert again.status_code == 409
    assert "Theirs" in again.content.decode()


def test_secrets_are_not_shown_again(world: World, ada: Client, sign_in: Callable[..., Client]) -> None:
    path = f"/console/realms/{world.realm.pk}/streams/new?type=datadog"
    ada.get(path)
    over(ada)
    back = sent(ada, path, {"name": "Our SIEM", "site": "datadoghq.eu", "api_key": "sekret-42"})
    page = seated(ada, sign_in(world.acme)).get(back).content.decode()
    assert 'value="Our SIEM"' in page
    assert "sekret-42" not in page
    assert not EventStream.objects.exists()


def test_a_button_without_a_form_says_that_nothing_was_done(
    world: World, ada: Client, sign_in: Callable[..., Client]
) -> None:
    person = f"/console/realms/{world.realm.pk}/identities/{world.bob.pk}"
    ada.get(person)
    over(ada)
    back = sent(ada, f"{person}/suspend", {"press": "1"}, person)
    assert "nothing was done. Do it again" in seated(ada, sign_in(world.acme)).get(back).content.decode()
    assert Identity.objects.get(pk=world.bob.pk).status == "active"


def test_a_cookie_that_never_was_a_session_keeps_nothing(world: World, ada: Client, new_group: str) -> None:
    ada.cookies[cookies.console_cookie()] = "x" * 43
    assert sent(ada, new_group, {"name": "Night shift"}) == new_group
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(new_group, {"name": "Night shift"}).status_code == 403
    assert stranger.post("/console/kept-forms", {"name": "Night shift"}).status_code == 403
    assert not KeptForm.objects.exists()


def test_few_are_kept_and_none_that_is_large(ada: Client, new_group: str) -> None:
    over(ada)
    assert sent(ada, new_group, {"name": "x", "description": "y" * 300_000}) == new_group
    for number in range(12):
        sent(ada, new_group, {"name": str(number)})
    assert KeptForm.objects.count() == 10


def test_a_page_that_finds_the_session_over_leaves_what_was_typed(
    world: World, ada: Client, new_group: str, sign_in: Callable[..., Client]
) -> None:
    over(ada, ended_at=world.ctx.now)
    here = {"HX-Current-URL": f"http://testserver{new_group}"}
    told = ada.post("/console/kept-forms", {"name": "Night shift"}, headers=here).json()["url"]
    back = parse_qs(urlsplit(told).query)["next"][0]
    assert 'value="Night shift"' in seated(ada, sign_in(world.acme)).get(back).content.decode()
    assert ada.post("/console/presence", {"x": "1"}, headers={"X-Background": "1"}).status_code == 200


def test_what_a_page_asks_by_itself_is_not_kept(ada: Client, new_group: str) -> None:
    over(ada)
    ada.post("/console/presence", {"x": "1"}, headers={"X-Background": "1"})
    assert not KeptForm.objects.exists()
