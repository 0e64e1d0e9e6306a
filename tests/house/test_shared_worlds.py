"""What the first test here leaves behind does not reach the second: shared worlds are of today (tests/ground.py)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.world import World


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put forward before there is a world, as by tests of limits."""
    if "ahead" not in request.node.name:
        yield
        return
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=18), tick=False):
        yield


@pytest.mark.parametrize("when", ["ahead", "now"])
def test_a_world_was_not_built_tomorrow(world: World, when: str) -> None:
    assert world.realm.created_at <= datetime.now(UTC)
