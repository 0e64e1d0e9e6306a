"""Realms at the console: the list, a realm's home, its settings, its end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.authentication.models import Session
from apps.console import sentences
from apps.core import secrets
from apps.directory import selectors as directory
from apps.directory.services import identities
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.onboarding import services as onboarding
from apps.realms import selectors as realms
from apps.realms import services as realms_verbs
from apps.web import cookies
from tests.words import words_of
from tests.world import World

pytestmark = pytest.mark.django_db


def names(world: World) -> set[str]:
    return {realm.display_name for realm in realms.realms_in(world.acme.tenant.pk)}


def empty_realm(world: World, name: str = "Nobody") -> Any:
    return onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name=name)


def last_change(realm: Any) -> Any:
    return events.events_in(realm, EventFilter(types=["REALM_CHANGE"]))[0]


@pytest.mark.parametrize("path", ["", "realms", "realms/new", "realms/{realm}/", "realms/{realm}/settings"])
def test_a_page_without_a_session_leads_to_sign_in(world: World, client: Client, path: str) -> None:
    url = f"/console/{path.format(realm=world.realm.pk)}"
    answer = client.get(url)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/console/login?next=%2Fconsole%2F")


def test_the_console_opens_at_the_first_customer_realm(world: World, ada: Client) -> None:
    first = world.acme.opened.first_realm
    assert ada.get("/console/")["Location"] == f"/console/realms/{first.pk}/"


def test_the_console_opens_at_the_realm_looked_at_last(world: World, ada: Client) -> None:
    ada.get(f"/console/realms/{world.realm.pk}/")
    assert ada.get("/console/")["Location"] == f"/console/realms/{world.realm.pk}/"


@pytest.mark.parametrize("remembered", ["", "0" * 16, '"\\000"', "x" * 5000])
def test_a_remembered_realm_that_is_none_is_no_trouble(world: World, ada: Client, remembered: str) -> None:
    ada.cookies["identity_cloud_realm"] = remembered
    assert ada.get("/console/").status_code == 302


def test_another_tenants_realm_is_not_remembered_into(world: World, ada: Client) -> None:
    ada.cookies["identity_cloud_realm"] = world.evil.customers.realm.pk
    assert ada.get("/console/")["Location"] == f"/console/realms/{world.acme.opened.first_realm.pk}/"


def test_the_list_shows_the_tenants_realms_and_nobody_elses(world: World, ada: Client) -> None:
    page = ada.get("/console/realms").content.decode()
    assert all(name in page for name in names(world))
    assert "Evil" not in words_of(page)


@pytest.mark.parametrize("path", ["", "settings", "delete", "applications", "authenticators"])
def test_another_tenants_realm_is_not_found(world: World, eve: Client, path: str) -> None:
    assert eve.get(f"/console/realms/{world.realm.pk}/{path}").status_code == 404


def test_a_realm_is_created_and_its_event_names_who_did_it(world: World, ada: Client) -> None:
    answer = ada.post("/console/realms/new", {"name": "Partners", "classification": "SECURE_WORKFORCE"})
    realm = realms.realms_in(world.acme.tenant.pk).get(display_name="Partners")
    assert (answer.status_code, answer["Location"]) == (303, f"/console/realms/{realm.pk}/")
    assert realm.classification == "SECURE_WORKFORCE"
    event = last_change(world.acme.admin_realm)
    assert (event.outcome, event.actor_id, event.client_ip) == ("SUCCESS", world.ada.pk, "203.0.113.7")
    assert "Ada Admin" in sentences.sentence_of(event)


def test_a_form_sent_twice_makes_one_realm(world: World, ada: Client) -> None:
    form = {"name": "Partners", "classification": "SECURE_CUSTOMER"}
    ada.post("/console/realms/new", form)
    second = ada.post("/console/realms/new", form)
    assert second.status_code == 422
    assert "You have a realm with this name" in second.content.decode()
    assert realms.realms_in(world.acme.tenant.pk).filter(display_name="Partners").count() == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "classification": "SECURE_CUSTOMER"}, "This field is required"),
        ({"name": "x" * 65, "classification": "SECURE_CUSTOMER"}, "at most 64 characters"),
        ({"name": "a<b", "classification": "SECURE_CUSTOMER"}, "a character that is not allowed"),
        ({"name": "a\x00b", "classification": "SECURE_CUSTOMER"}, "Null characters are not allowed"),
        ({"name": "CUSTOMERS", "classification": "SECURE_CUSTOMER"}, "You have a realm with this name"),
        ({"name": "Fine", "classification": "ADMIN"}, "Select a valid choice"),
        ({}, "This field is required"),
    ],
)
def test_a_realm_that_cannot_be_says_why_beside_the_field(
    world: World, ada: Client, form: dict[str, str], words: str
) -> None:
    before = names(world)
    answer = ada.post("/console/realms/new", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert names(world) == before


def test_a_form_without_a_csrf_token_is_refused(world: World, sign_in: Callable[..., Client]) -> None:
    strict = sign_in(world.acme, enforce_csrf_checks=True)
    assert strict.post("/console/realms/new", {"name": "X", "classification": "SECURE_CUSTOMER"}).status_code == 403


def settings_of(world: World, ada: Client, **changes: str) -> dict[str, str]:
    """The settings form as it stands, with some answers changed."""
    form = ada.get(f"/console/realms/{world.realm.pk}/settings").context["form"]
    return {name: form[name].value() for name in form.fields} | changes


def test_a_realm_is_renamed(world: World, ada: Client) -> None:
    url = f"/console/realms/{world.realm.pk}/settings"
    answer = ada.post(url, settings_of(world, ada, name="Shoppers"))
    assert answer.status_code == 303
    assert "Shoppers" in names(world)
    assert last_change(world.realm).data["changes"] == {"display_name": ["Customers", "Shoppers"]}


def test_events_are_kept_as_long_as_the_settings_say(world: World, ada: Client) -> None:
    url = f"/console/realms/{world.realm.pk}/settings"
    assert ada.post(url, settings_of(world, ada, retention="400")).status_code == 303
    assert last_change(world.realm).data["changes"] == {"event_retention_days": [90, 400]}
    for wrong in ("0", "3651", "-1", "", "soon", "1e3", "9" * 40):
        refused = ada.post(url, settings_of(world, ada, retention=wrong))
        assert refused.status_code == 422, wrong
    assert realms.get_realm(world.acme.tenant.pk, world.realm.pk).event_retention_days == 400


def test_events_are_kept_for_less_once_somebody_says_so_and_shows_their_passkey(world: World, ada: Client) -> None:
    url = f"/console/realms/{world.realm.pk}/settings"
    asked = ada.post(url, settings_of(world, ada, retention="30"))
    assert asked.status_code == 422
    assert "Events older than 30 days are deleted within a day" in asked.content.decode()
    assert "Delete the older events for good" in asked.content.decode()
    assert ada.post(url, settings_of(world, ada, retention="30", shorten="on")).status_code == 303
    assert last_change(world.realm).data["changes"] == {"event_retention_days": [90, 30]}
    session = Session.objects.get(token_digest=secrets.digest(ada.cookies[cookies.console_cookie()].value))
    Session.objects.filter(pk=session.pk).update(authenticated_at=session.authenticated_at - timedelta(minutes=6))
    later = ada.post(url, settings_of(world, ada, retention="1", shorten="on"))
    assert later["Location"].startswith("/console/confirm/")
    longer = ada.post(url, settings_of(world, ada, retention="60"))
    assert longer["Location"] == url, "who keeps more takes nothing away"
    assert realms.get_realm(world.acme.tenant.pk, world.realm.pk).event_retention_days == 60


def test_a_realm_may_turn_out_to_be_for_staff(world: World, ada: Client) -> None:
    ada.post(f"/console/realms/{world.realm.pk}/settings", settings_of(world, ada, classification="SECURE_WORKFORCE"))
    assert realms.get_realm(world.acme.tenant.pk, world.realm.pk).classification == "SECURE_WORKFORCE"
    assert last_change(world.realm).data["changes"] == {"classification": ["SECURE_CUSTOMER", "SECURE_WORKFORCE"]}


def test_a_refused_name_stands_in_its_field_and_nowhere_else(world: World, ada: Client) -> None:
    url = f"/console/realms/{world.realm.pk}/settings"
    answer = ada.post(url, settings_of(world, ada, name="Staff"))
    assert answer.status_code == 422
    assert "You have a realm with this name" in answer.content.decode()
    assert answer.context["realm"].display_name == "Customers"


def test_a_rename_beside_somebody_elses_shows_both(world: World, ada: Client) -> None:
    url = f"/console/realms/{world.realm.pk}/settings"
    form = settings_of(world, ada, name="Mine")
    realms_verbs.update_realm(world.at(timedelta(seconds=1)), world.realm, display_name="Theirs")
    answer = ada.post(url, form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page
    again = ada.post(url, form | {"version": answer.context["form"]["version"].value()})
    assert again.status_code == 303
    assert "Mine" in names(world)


@pytest.mark.parametrize(
    "version", ["", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\ud83d"]
)
def test_a_reading_that_never_was_is_a_conflict_and_no_more(world: World, ada: Client, version: str) -> None:
    url = f"/console/realms/{world.realm.pk}/settings"
    form: dict[str, Any] = {**settings_of(world, ada, name="Mine"), "version": version.encode("utf-8", "surrogatepass")}
    assert ada.post(url, form).status_code == 409


def test_who_may_only_look_sees_no_controls_and_changes_nothing(world: World, clerk: Callable[..., Client]) -> None:
    looker = clerk("realms:read")
    base = f"/console/realms/{world.realm.pk}"
    assert "Create realm" not in looker.get("/console/realms").content.decode()
    assert 'name="name"' not in looker.get(f"{base}/settings").content.decode()
    refused = [
        looker.get("/console/realms/new"),
        looker.post("/console/realms/new", {"name": "Mine", "classification": "SECURE_CUSTOMER"}),
        looker.post(f"{base}/settings", {"name": "Mine"}),
        looker.get(f"{base}/delete"),
        looker.post(f"{base}/delete", {"confirmation": "Customers"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    assert "realms:delete" in refused[-1].content.decode()
    assert "Customers" in names(world)


def test_who_may_not_read_events_sees_a_home_without_them(world: World, clerk: Callable[..., Client]) -> None:
    home = clerk("realms:read").get(f"/console/realms/{world.realm.pk}/")
    assert home.status_code == 200
    assert "recent" not in home.context
    assert home.context["holdings"] == []


def test_an_empty_realm_is_deleted_when_its_name_is_typed(world: World, ada: Client) -> None:
    realm = empty_realm(world)
    answer = ada.post(f"/console/realms/{realm.pk}/delete", {"confirmation": "Nobody"})
    assert (answer.status_code, answer["Location"]) == (303, "/console/realms")
    assert "Nobody" not in names(world)
    assert last_change(world.acme.admin_realm).data["action"] == "DELETE"


@pytest.mark.parametrize("typed", ["", "nobody", "Nobodyy"])
def test_a_realm_stays_when_anything_else_is_typed(world: World, ada: Client, typed: str) -> None:
    realm = empty_realm(world)
    answer = ada.post(f"/console/realms/{realm.pk}/delete", {"confirmation": typed})
    assert answer.status_code == 422
    assert "Nobody" in names(world)


def test_a_realm_with_people_stays_and_says_what_holds_it(world: World, ada: Client) -> None:
    answer = ada.post(f"/console/realms/{world.realm.pk}/delete", {"confirmation": "Customers"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Nothing was deleted" in page
    assert f"/console/realms/{world.realm.pk}/identities" in page
    assert "Customers" in names(world)


def test_the_admin_realm_shows_no_way_to_change_it(world: World, ada: Client) -> None:
    page = ada.get(f"/console/realms/{world.acme.admin_realm.pk}/settings").content.decode()
    assert "This realm is managed" in page
    assert 'name="name"' not in page
    assert 'id="delete"' not in page


@pytest.mark.parametrize(
    ("path", "form"),
    [("settings", {"name": "Mine"}), ("delete", {"confirmation": "Identity Cloud Admin Realm"})],
)
def test_the_admin_realm_refuses_to_change(world: World, ada: Client, path: str, form: dict[str, str]) -> None:
    before = names(world)
    ada.post(f"/console/realms/{world.acme.admin_realm.pk}/{path}", form)
    assert names(world) == before


def test_a_home_counts_what_the_realm_holds(world: World, ada: Client) -> None:
    holdings = ada.get(f"/console/realms/{world.realm.pk}/").context["holdings"]
    assert {each["label"]: each["count"] for each in holdings} == {
        "Identities": "3",
        "Active passkeys": "0",
        "Applications": "1",
    }


def test_a_home_teaches_first_steps_until_they_are_done(world: World, ada: Client) -> None:
    home = ada.get(f"/console/realms/{empty_realm(world).pk}/").context
    assert [step.done for step in home["steps"]] == [False] * 5
    begun = ada.get(f"/console/realms/{world.realm.pk}/").context
    assert [step.done for step in begun["steps"]] == [True, True, False, False, False]


def test_a_home_tells_the_latest_events_in_words(world: World, ada: Client) -> None:
    identities.suspend_identity(world.ctx, directory.get_identity(world.realm, world.bob.pk))
    page = ada.get(f"/console/realms/{world.realm.pk}/").content.decode()
    assert "<strong>Ada Admin</strong> suspended <strong>Bob Baker</strong>" in page


def test_realms_are_found_by_a_part_of_their_name_or_by_their_id(world: World, ada: Client) -> None:
    for text in ("custo", world.realm.pk):
        assert [each["name"] for each in ada.get("/console/realms", {"q": text}).context["listed"]] == ["Customers"]
    assert "Nothing matches" in ada.get("/console/realms", {"q": "100%_"}).content.decode()


def test_a_search_as_one_types_answers_with_the_list_alone(world: World, ada: Client) -> None:
    page = ada.get("/console/realms", {"q": "staff"}, headers={"HX-Request": "true"}).content.decode()
    assert '<div id="realms">' in page
    assert "<html" not in page


def test_many_realms_are_walked_a_page_at_a_time(world: World, ada: Client) -> None:
    for number in range(60):
        empty_realm(world, f"Region {number:02d}")
    first = ada.get("/console/realms").context
    second = ada.get(first["older_url"]).context
    assert (len(first["listed"]), first["newer_url"]) == (50, "")
    assert (len(second["listed"]), second["older_url"]) == (14, "")
    assert ada.get(second["newer_url"]).context["listed"] == first["listed"]
    assert len(ada.get("/console/realms").context["realms"]) == 50


def test_the_realm_one_looks_at_is_always_among_those_to_switch_to(world: World, ada: Client) -> None:
    last = [empty_realm(world, f"Region {number:02d}") for number in range(60)][-1]
    switcher = ada.get(f"/console/realms/{last.pk}/").context["realms"]
    assert last.pk in {each["id"] for each in switcher}


@pytest.mark.parametrize("cursor", ["nonsense", "0" * 16, "é"])
def test_a_cursor_of_nothing_shows_the_first_page(world: World, ada: Client, cursor: str) -> None:
    assert len(ada.get("/console/realms", {"after": cursor}).context["listed"]) == 4
