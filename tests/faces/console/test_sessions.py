"""Who is signed in where: on the page of a person, and on an application's tab; each ended alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.applications.models import Grant
from apps.authentication import sessions
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.tokens.services import access
from apps.tokens.services.access import InvalidToken
from tests import ceremonies
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def given(world: World) -> dict[str, Any]:
    """Bob's tokens, of a sign-in in a browser."""
    return ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))


def tab(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/applications/{world.application.pk}/sessions"


def person(world: World, who: Any = None) -> str:
    return f"/console/realms/{world.realm.pk}/identities/{(who or world.bob).pk}"


def test_an_application_lists_who_is_signed_in(world: World, ada: Client, given: dict[str, Any]) -> None:
    answer = ada.get(tab(world))
    assert [each["username"] for each in answer.context["listed"]] == ["bob"]
    assert world.visitor.client.ip in answer.content.decode()


def test_ending_one_ends_its_tokens_and_leaves_the_session(world: World, ada: Client, given: dict[str, Any]) -> None:
    grant = Grant.objects.get(user=world.bob)
    assert ada.post(f"{tab(world)}/{grant.pk}/end").status_code == 303
    with pytest.raises(InvalidToken):
        access.read_bearer(world.visitor, given["access_token"])
    assert ceremonies.live_sessions(world, world.bob)
    told = events.events_in(world.realm, EventFilter(types=["TOKEN_CHANGE"]))[0]
    assert (told.actor_id, told.data["action"]) == (world.ada.pk, "FAMILY_REVOKE")
    assert ada.get(tab(world)).context["listed"] == []
    assert ada.post(f"{tab(world)}/{grant.pk}/end").status_code == 404


def test_a_session_of_a_person_is_ended_from_their_page(world: World, ada: Client, given: dict[str, Any]) -> None:
    (session,) = ceremonies.live_sessions(world, world.bob)
    assert str(session.pk) in ada.get(person(world)).content.decode()
    assert ada.post(f"{person(world)}/sessions/{session.pk}/end").status_code == 303
    assert not ceremonies.live_sessions(world, world.bob)
    with pytest.raises(InvalidToken):
        access.read_bearer(world.visitor, given["access_token"])


def test_a_session_is_ended_on_its_own_persons_page_alone(world: World, ada: Client, given: dict[str, Any]) -> None:
    (session,) = ceremonies.live_sessions(world, world.bob)
    carol = person(world, world.acme.customers.carol)
    assert ada.post(f"{carol}/sessions/{session.pk}/end").status_code == 404
    assert ceremonies.live_sessions(world, world.bob)


def test_who_may_only_look_ends_nothing(world: World, clerk: Callable[..., Client], given: dict[str, Any]) -> None:
    reader = clerk("tokens:read", "applications:read", "identities:read")
    assert "/end" not in reader.get(tab(world)).content.decode()
    assert "/end" not in reader.get(person(world)).content.decode()
    grant, (session,) = Grant.objects.get(user=world.bob), ceremonies.live_sessions(world, world.bob)
    assert reader.post(f"{tab(world)}/{grant.pk}/end").status_code == 403
    assert reader.post(f"{person(world)}/sessions/{session.pk}/end").status_code == 403
    assert ceremonies.live_sessions(world, world.bob)


def test_it_is_asked_before_one_is_ended_with_a_script_or_without(
    world: World, ada: Client, given: dict[str, Any]
) -> None:
    grant, (session,) = Grant.objects.get(user=world.bob), ceremonies.live_sessions(world, world.bob)
    for page, url in (
        (tab(world), f"{tab(world)}/{grant.pk}/end"),
        (person(world), f"{person(world)}/sessions/{session.pk}/end"),
    ):
        shown = ada.get(page).content.decode()
        dialogs = shown[shown.index("<dialog") :]
        assert f'action="{url}"' in dialogs
        assert f'action="{url}"' not in shown[: shown.index("<dialog")]
        assert re.search(rf'<a href="{re.escape(url)}"[^>]* data-without-js>', shown)
        asked = ada.get(url)
        assert (asked.status_code, "Sign Bob Baker out of" in asked.content.decode()) == (200, True)
    assert ceremonies.live_sessions(world, world.bob), "looking at the question ends nothing"


def test_of_very_many_sessions_the_newest_are_searched_and_all_are_listed(
    world: World, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_LOOKED_THROUGH", 2)
    passkey = ceremonies.give_passkey(world, world.bob)
    for _ in range(3):
        ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    newest_first = [
        str(each.pk) for each in sorted(ceremonies.live_sessions(world, world.bob), key=lambda each: each.pk)
    ]
    newest_first.reverse()
    assert len(newest_first) == 3
    for query, expected in (("", newest_first), ("?q=mac", newest_first[:2]), ("?sort=-seen&q=203", newest_first[:2])):
        listed = ada.get(f"{person(world)}/sessions{query}").context["listed"]
        assert {each["id"] for each in listed} == set(expected), query
