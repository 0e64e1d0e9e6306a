"""What piles up is a list like any other: versions, tokens, sessions, bulk jobs and exports are searched, filtered and
sorted by their addresses."""

import io
from typing import Any

import pytest
from django.test import Client

from apps.bulk.services import imports
from apps.events.filtering import EventFilter
from apps.inquiries import exports
from apps.policy import selectors as policies
from apps.policy import services as policy
from apps.tokens.services import named_tokens
from tests import ceremonies
from tests.world import World, acting_as

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
KINDS = {
    "versions": ("Office hours", "comment"),
    "tokens": ("Nightly", "name"),
    "sessions": ("Bob Baker", "person"),
    "browsers": ("Safari", "browser"),
    "jobs": ("people.csv", "file"),
    "exports": ("outcome=DENY", "filter"),
}


@pytest.fixture
def lists(world: World) -> dict[str, str]:
    realm = f"/console/realms/{world.realm.pk}"
    policy.save_draft(world.ctx, world.realm, policies.published(world.realm).rules)
    policy.publish_draft(world.ctx, world.realm, comment="Office hours")
    asked: dict[str, Any] = {"scopes": ["identities:read"], "expires_after": 3600}
    named_tokens.create_token(world.request, world.acme.management_api, display_name="Nightly import", **asked)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))
    imports.upload_people(
        acting_as(world.ctx, world.ada), world.realm, io.BytesIO(b"username\nann\n"), file_name="people.csv"
    )
    exports.ask_for_export(
        acting_as(world.ctx, world.ada),
        world.realm,
        world.ada,
        EventFilter(),
        form="csv",
        query="outcome=DENY",
        told={},
    )
    machine = f"/console/realms/{world.acme.admin_realm.pk}/applications/{world.acme.management_api.pk}"
    return {
        "versions": f"{realm}/policy/versions",
        "tokens": f"{machine}/tokens",
        "sessions": f"{realm}/applications/{world.application.pk}/sessions",
        "browsers": f"{realm}/identities/{world.bob.pk}/sessions",
        "jobs": f"{realm}/identities/bulk-jobs",
        "exports": f"{realm}/events/exports",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_searched_while_one_types_and_sorted_by_links(ada: Client, lists: dict[str, str], kind: str) -> None:
    here = lists[kind]
    page = ada.get(here).content.decode()
    assert f'hx-get="{here}"' in page
    assert 'class="sort"' in page
    assert "aria-sort=" in page
    part = ada.get(here, {"q": "nothing is called this"}, headers=HTMX).content.decode()
    assert "<html" not in part
    assert "Nothing matches these filters" in part
    assert f'href="{here}"' in part, "and leads back to the whole list"
    for odd in ({"sort": "odd", "after": "no id", "state": "odd", "show": "odd"}, {"before": "0" * 16}):
        assert ada.get(here, odd).status_code == 200


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "browsers"])
def test_what_is_looked_for_is_found_and_the_rest_is_not(ada: Client, lists: dict[str, str], kind: str) -> None:
    words, _ = KINDS[kind]
    rows = ada.get(lists[kind], {"q": words.upper()}, headers=HTMX).content.decode().count("<tr>")
    assert rows == 2, "the heading and the one"


def test_browsers_are_found_by_their_address(ada: Client, lists: dict[str, str], world: World) -> None:
    page = ada.get(lists["browsers"], {"q": world.visitor.client.ip}).content.decode()
    assert page.count("<tr>") == 2


def test_a_version_is_found_by_its_number_and_a_token_by_how_it_ends(
    ada: Client, lists: dict[str, str], world: World
) -> None:
    page = ada.get(lists["versions"], {"q": "1"}).content.decode()
    assert f'{lists["versions"]}/1"' in page
    assert f'{lists["versions"]}/2"' not in page
    made = named_tokens.create_token(
        world.request, world.acme.management_api, display_name="Other", scopes=["groups:read"], expires_after=3600
    )
    found = ada.get(lists["tokens"], {"q": made.token[-6:], "show": "all"}).context["listed"]
    assert [each["name"] for each in found] == ["Other"]


def test_filters_stand_in_the_address_and_keep_the_search(ada: Client, lists: dict[str, str]) -> None:
    jobs = ada.get(lists["jobs"], {"state": "waiting", "q": "people"}).content.decode()
    assert jobs.count("<tr>") == 2
    assert f"{lists['jobs']}?q=people&amp;state=running" in jobs
    assert "Nothing matches" in ada.get(lists["jobs"], {"state": "done"}).content.decode()
    tokens = ada.get(lists["tokens"], {"q": "night"}, headers=HTMX).content.decode()
    assert f"{lists['tokens']}?q=night&amp;show=all" in tokens
    assert 'hx-swap-oob="true"' in tokens
