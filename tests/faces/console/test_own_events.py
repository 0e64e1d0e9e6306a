"""The page of a thing shows what happened to it, to who may read events."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.events.models import Event
from apps.policy import selectors as policy_selectors
from apps.policy import services as policy
from apps.realms import email_templates, theme_drafts
from apps.realms import services as realms_verbs
from apps.tokens.services import signing_keys
from tests.isolation import atlas
from tests.world import World

pytestmark = pytest.mark.django_db

PAGES = {
    "application_id": "applications",
    "config_id": "authenticators",
    "group_id": "groups",
    "role_id": "roles",
    "resource_server_id": "resource-servers",
    "stream_id": "streams",
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_shows_what_happened_to_its_thing(
    world: World, ada: Client, clerk: Callable[..., Client], kind: str
) -> None:
    thing = atlas.furnish(world, world.acme.customers)[kind]
    section = PAGES[kind]
    url = f"/console/realms/{world.realm.pk}/{section}/{thing}"
    page = ada.get(url)
    assert page.status_code == 200
    assert f"events?target={thing}" in page.content.decode()
    scope = {"authenticators": "authenticator-configs", "streams": "event-streams"}.get(section, section)
    reader = clerk(f"{scope}:read").get(url)
    assert reader.status_code == 200
    assert "Recent events" not in reader.content.decode()


def test_an_administrators_page_shows_what_they_did_in_the_admin_realm(
    world: World, ada: Client, clerk: Callable[..., Client]
) -> None:
    person = world.acme.administrator
    url = f"/console/administrators/{person.pk}"
    page = ada.get(url)
    assert f"realms/{world.acme.admin_realm.pk}/events?target={person.pk}" in page.content.decode()
    assert page.context["own_events"]
    reader = clerk("identities:read", "roles:read").get(url)
    assert reader.status_code == 200
    assert "Recent events" not in reader.content.decode()


def _rename_the_realm(world: World) -> None:
    realms_verbs.update_realm(world.ctx, world.realm, display_name="Renamed")


def _lay_a_look_aside_and_discard_it(world: World) -> None:
    theme_drafts.keep_draft(world.ctx, world.realm, button_color="#123456")
    theme_drafts.discard_draft(world.ctx, world.realm)


def _word_a_mail_and_take_it_back(world: World) -> None:
    email_templates.update_wording(world.ctx, world.realm, "recovery", subject="Come back")
    email_templates.reset_wording(world.ctx, world.realm, "recovery")


def _switch_a_rule_off(world: World) -> None:
    rules = policy_selectors.draft_of(world.realm).rules
    policy.save_draft(world.ctx, world.realm, [{**rules[0], "enabled": False}, *rules[1:]])


def _rotate_the_keys(world: World) -> None:
    signing_keys.rotate_signing_keys(world.ctx, world.realm)


WHAT_A_REALM_HAS_ONE_OF = {
    "settings": (_rename_the_realm, 1),
    "branding": (_lay_a_look_aside_and_discard_it, 2),
    "mails/recovery": (_word_a_mail_and_take_it_back, 2),
    "policy/rules/{rule_id}": (_switch_a_rule_off, 1),
    "settings/signing-keys": (_rotate_the_keys, 1),
}


@pytest.mark.parametrize("path", WHAT_A_REALM_HAS_ONE_OF)
def test_what_a_realm_has_one_of_shows_its_own_events_and_leads_to_them_all(
    world: World, ada: Client, clerk: Callable[..., Client], path: str
) -> None:
    happens, count = WHAT_A_REALM_HAS_ONE_OF[path]
    rules = policy_selectors.published(world.realm).rules
    here = f"/console/realms/{world.realm.pk}/"
    url = here + path.format(rule_id=rules[0]["id"])
    before = ada.get(url).context
    assert "Recent events" in ada.get(url).content.decode()
    happens(world)
    after = ada.get(url).context
    assert len(after["own_events"]) == len(before["own_events"]) + count
    everything = ada.get(after["own_events_url"])
    assert [told.id for told in after["own_events"]] == [told.id for told in everything.context["told"]]
    reader = clerk("realms:read", "themes:read", "policy:read", "policy:update").get(url)
    assert reader.status_code == 200
    assert "Recent events" not in reader.content.decode()


def test_a_rules_events_are_those_that_touched_it(world: World, ada: Client) -> None:
    first, second = policy_selectors.published(world.realm).rules[:2]
    _switch_a_rule_off(world)
    policy.publish_draft(world.ctx, world.realm)
    policy.save_draft(world.ctx, world.realm, [second])
    here = f"/console/realms/{world.realm.pk}/policy/rules/"
    assert [told.event.data["action"] for told in ada.get(here + first["id"]).context["own_events"]] == [
        "SAVE_DRAFT",
        "PUBLISH",
        "SAVE_DRAFT",
    ]
    assert ada.get(here + second["id"]).context["own_events"] == []
    assert "Nothing lately." in ada.get(here + second["id"]).content.decode()


def test_an_event_calls_a_mail_by_its_title_and_leads_to_it(world: World, ada: Client) -> None:
    _word_a_mail_and_take_it_back(world)
    event = Event.objects.filter(type="EMAIL_TEMPLATE_CHANGE").latest("id")
    body = ada.get(f"/console/realms/{world.realm.pk}/events/{event.pk}").content.decode()
    assert f'href="/console/realms/{world.realm.pk}/mails/recovery"' in body
    assert ">Recovery<" in body
