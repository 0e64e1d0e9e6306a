"""Find anything: places, actions, people and things of one realm, from one field."""

from typing import Any

import pytest
from django.test import Client

from tests.world import World

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


def labels(page: Any) -> list[str]:
    return [each["label"] for _, links in page.context["found"] for each in links]


@pytest.fixture
def url(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/search"


def test_before_anything_is_typed_it_offers_places_and_actions(ada: Client, url: str) -> None:
    page = ada.get(url, headers=HX)
    assert "Identities" in labels(page)
    assert "Create group" in labels(page)
    assert "<html" not in page.content.decode()


def test_people_applications_and_groups_are_found_by_name(ada: Client, url: str, world: World) -> None:
    assert "Bob Baker" in labels(ada.get(url, {"q": "bob"}, headers=HX))
    assert "Shop" in labels(ada.get(url, {"q": "sho"}, headers=HX))
    assert "Contractors" in labels(ada.get(url, {"q": "contr"}, headers=HX))
    assert "Replay the draft" in labels(ada.get(url, {"q": "draft replay"}, headers=HX))
    assert "Nothing fits" in ada.get(url, {"q": "zzzz<b>"}, headers=HX).content.decode()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("import", "Import people"), ("csv", "Import people"), ("upload", "Import people"),
        ("session", "Sign somebody out"), ("log out", "Sign somebody out"), ("sign out", "Sign somebody out"),
        ("rotate keys", "Signing keys"), ("logo", "Branding"), ("e-mail", "Mails"), ("invite", "Invite an administrator"),
        ("SIEM", "Create stream"), ("audit", "Events"), ("siem", "Streams"), ("user", "Identities"),
    ],
)  # fmt: skip
def test_places_and_acts_are_found_by_what_else_people_call_them(ada: Client, url: str, typed: str, found: str) -> None:
    assert found in labels(ada.get(url, {"q": typed}, headers=HX))
    german = {**HX, "Accept-Language": "de"}
    assert ada.get(url, {"q": typed}, headers=german).context["found"], "English words are understood in every language"


def test_who_searches_in_a_hurry_types_no_accents(ada: Client, url: str) -> None:
    for typed in ("évén", "even", "EVEN"):
        found = ada.get(url, {"q": typed}, headers={**HX, "Accept-Language": "fr"})
        assert "Événements" in labels(found)


def test_what_is_called_so_stands_before_what_is_but_also_called_so(ada: Client, url: str) -> None:
    assert labels(ada.get(url, {"q": "import"}, headers=HX))[0] == "Import people"


def test_every_place_and_act_leads_to_a_page(ada: Client, url: str) -> None:
    links = [each for _, found in ada.get(url, headers=HX).context["found"] for each in found]
    assert {each["url"]: ada.get(each["url"], follow=True).status_code for each in links} == {
        each["url"]: 200 for each in links
    }


def test_a_flow_is_found_by_its_id(ada: Client, url: str, world: World) -> None:
    from apps.events.models import Event

    event = Event.objects.filter(realm_id=world.realm.pk).latest("id")
    assert "Everything in this flow" in labels(ada.get(url, {"q": event.correlation_id}, headers=HX))


def test_without_a_script_it_is_a_page(ada: Client, url: str) -> None:
    assert "<html" in ada.get(url, {"q": "bob"}).content.decode()
    assert "Customers" in labels(ada.get("/console/search", {"q": "custo"}))


def test_it_offers_what_one_may_do_and_nothing_else(clerk: Any, url: str, eve: Client) -> None:
    office = clerk("realms:read", "groups:read")
    offered = labels(office.get(url, {"q": "c"}, headers=HX))
    assert "Create group" not in offered
    assert "Contractors" in offered
    assert labels(office.get(url, {"q": "bob"}, headers=HX)) == []
    assert eve.get(url, {"q": "bob"}).status_code == 404
