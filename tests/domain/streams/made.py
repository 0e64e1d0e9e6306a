"""Streams that the tests make."""

from typing import Any

from apps.realms.models import Realm
from apps.streams import services
from apps.streams.models import EventStream
from tests.siems import Siem
from tests.world import World


def create(world: World, kind: str, **chosen: Any) -> EventStream:
    made = services.create_event_stream(world.request, world.realm, display_name="Security", type=kind, settings=chosen)
    return made.stream


def create_in(world: World, realm: Realm, siem: Siem) -> EventStream:
    made = services.create_event_stream(
        world.request, realm, display_name="Security", type=siem.kind, settings=siem.settings
    )
    return made.stream
