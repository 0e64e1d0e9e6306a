"""Signing keys at the console: which sign, which are still published, and a new set of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.tokens import keys
from apps.tokens.services import signing_keys
from tests.world import World

pytestmark = pytest.mark.django_db


def base(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/settings/signing-keys"


def rotate(world: World, client: Client) -> str:
    """Presses the button of the page as it stands; where it leads."""
    replaces = client.get(base(world)).context["replaces"]
    return client.post(f"{base(world)}/rotate", {"replaces": replaces})["Location"]


def current(world: World) -> list[str]:
    return [key.kid for key in keys.published_keys(world.realm) if key.state == "current"]


def test_the_settings_lead_to_the_keys_and_each_says_what_it_does(world: World, ada: Client) -> None:
    settings = ada.get(f"/console/realms/{world.realm.pk}/settings")
    assert base(world) in settings.content.decode()
    page = ada.get(base(world))
    shown = [(key["algorithm"], str(key["state"])) for key in page.context["keys"]]
    assert shown == [("ES256", "Signs"), ("ES256", "Signs next")]
    assert page.context["keys"][0]["kid"] in page.content.decode()


def test_a_rotation_makes_new_keys_and_keeps_the_old_published(world: World, ada: Client) -> None:
    before = current(world)
    assert rotate(world, ada) == base(world)
    shown = {str(key["state"]): key for key in ada.get(base(world)).context["keys"]}
    assert list(shown) == ["Signs", "Signs next", "Retired"]
    assert [shown["Retired"]["kid"]] == before
    assert shown["Retired"]["published_until"]
    event = events.events_in(world.realm, EventFilter(types=["SIGNING_KEY_CHANGE"]))[0]
    assert (event.actor_id, event.data["action"]) == (world.ada.pk, "ROTATE")


def test_a_form_sent_twice_rotates_once(world: World, ada: Client) -> None:
    form = {"replaces": ada.get(base(world)).context["replaces"]}
    ada.post(f"{base(world)}/rotate", form)
    made = current(world)
    ada.post(f"{base(world)}/rotate", form)
    assert current(world) == made
    assert "Nothing was rotated" in ada.get(base(world)).content.decode()


def test_keys_that_nothing_needs_any_more_are_not_listed(world: World, ada: Client) -> None:
    signing_keys.rotate_signing_keys(world.at(timedelta(days=-900)), world.realm)
    assert "Retired" not in [str(key["state"]) for key in ada.get(base(world)).context["keys"]]


def test_a_key_that_leaked_is_taken_out_of_use_at_once(world: World, ada: Client) -> None:
    leaked = current(world)[0]
    assert "Withdraw this ES256 key?" in ada.get(f"{base(world)}/{leaked}/retire").content.decode()
    assert ada.post(f"{base(world)}/{leaked}/retire")["Location"] == base(world)
    shown = ada.get(base(world)).context["keys"]
    assert leaked not in [key["kid"] for key in shown]
    assert [str(key["state"]) for key in shown] == ["Signs", "Signs next"]
    event = events.events_in(world.realm, EventFilter(types=["SIGNING_KEY_CHANGE"]))[0]
    assert (event.actor_id, event.data["action"]) == (world.ada.pk, "RETIRE")


def test_a_key_of_another_realm_is_not_found_here(world: World, ada: Client) -> None:
    foreign = keys.published_keys(world.evil.customers.realm)[0].kid
    for client_method in (ada.get, ada.post):
        assert client_method(f"{base(world)}/{foreign}/retire").status_code == 404
        assert client_method(f"{base(world)}/nonsense/retire").status_code == 404


def test_who_may_only_read_sees_the_keys_and_changes_none(world: World, clerk: Callable[..., Client]) -> None:
    reader = clerk("realms:read")
    before = current(world)
    assert "Rotate keys" not in reader.get(base(world)).content.decode()
    assert reader.get(f"{base(world)}/rotate").status_code == 403
    assert reader.post(f"{base(world)}/rotate", {"replaces": ",".join(before)}).status_code == 403
    assert current(world) == before


def test_another_tenants_administrator_rotates_nothing_here(world: World, eve: Client) -> None:
    before = current(world)
    assert eve.get(base(world)).status_code == 404
    assert eve.post(f"{base(world)}/rotate", {"replaces": ",".join(before)}).status_code == 404
    assert current(world) == before


def test_no_private_half_is_ever_shown(world: World, ada: Client) -> None:
    page = ada.get(base(world)).content.decode()
    for secret in ("PRIVATE", '"d"'):
        assert secret not in page
