"""What is soft is taken back by the toast that tells of it: its button posts the inverse verb, in both directions."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.services import access
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.streams import services as streams
from apps.streams.models import EventStream
from tests.world import World

pytestmark = pytest.mark.django_db

_BUTTON = re.compile(r'form="undo" formaction="([^"]+)" name="(\w+)" value="(\w*)"')


@pytest.fixture
def press(sign_in: Callable[..., Client], world: World) -> Callable[[str, dict[str, str]], tuple[str, dict[str, str]]]:
    """Posts as a browser does, and gives back what the toast's button would post."""
    ada = sign_in(world.acme)

    def post(path: str, given: dict[str, str]) -> tuple[str, dict[str, str]]:
        landed: Any = ada.post(path, given, follow=True).content.decode()
        assert 'id="undo"' in landed, "the form that the button belongs to"
        button = _BUTTON.search(landed)
        assert button, "no way back"
        return button[1], {button[2]: button[3]}

    return post


def test_a_suspension_and_its_end_take_each_other_back(press: Callable[..., Any], world: World) -> None:
    here = f"/console/realms/{world.realm.pk}/identities/{world.bob.pk}"
    back = press(f"{here}/suspend", {})
    for status in ("active", "suspended", "active"):
        back = press(*back)
        assert Identity.objects.get(pk=world.bob.pk).status == status


def test_a_paused_stream_and_one_that_goes_on_take_each_other_back(press: Callable[..., Any], world: World) -> None:
    siem: dict[str, Any] = {"settings": {"site": "datadoghq.eu", "api_key": "key"}, "enabled": True}
    stream = streams.create_event_stream(world.ctx, world.realm, display_name="SIEM", type="datadog", **siem).stream
    back = press(f"/console/realms/{world.realm.pk}/streams/{stream.pk}/switch", {"enabled": "no"})
    for enabled in (True, False, True):
        back = press(*back)
        assert EventStream.objects.get(pk=stream.pk).enabled is enabled


def test_who_joins_or_leaves_a_group_is_taken_back(press: Callable[..., Any], world: World) -> None:
    group = world.acme.customers.contractors
    here = f"/console/realms/{world.realm.pk}/groups/{group.pk}"
    back = press(f"{here}/add", {"identity_id": world.bob.pk})
    for is_in in (False, True, False):
        back = press(*back)
        assert directory.member_ids_among(group, [world.bob.pk]) == ({world.bob.pk} if is_in else set())


def test_a_role_that_is_given_or_taken_is_taken_back_and_what_was_so_before_stays(
    press: Callable[..., Any], world: World
) -> None:
    server = access.insert_resource_server(
        world.ctx, world.realm, display_name="Stock", identifier="https://stock.test", scopes=["stock:read"]
    )
    role = access.insert_role(world.ctx, server, display_name="Clerk", scopes=["stock:read"])
    here, given = f"/console/realms/{world.realm.pk}/roles/{role.pk}", {"identity_id": world.bob.pk}
    back = press(f"{here}/give", given)
    for holds in (False, True):
        back = press(*back)
        assert applications.identities_with(role).exists() is holds
    with pytest.raises(AssertionError, match="no way back"):
        press(f"{here}/give", given)
    assert applications.identities_with(role).exists()
