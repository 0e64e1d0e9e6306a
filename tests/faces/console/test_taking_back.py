"""What is soft is taken back by the toast that tells of it: its button posts the inverse verb, in both directions."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

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
