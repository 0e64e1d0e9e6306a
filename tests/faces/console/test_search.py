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
