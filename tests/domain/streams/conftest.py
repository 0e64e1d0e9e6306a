"""A target that listens, on a network of our own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import siems
from tests.siems import Siem


@pytest.fixture(autouse=True)
def _own_network(settings: Any) -> None:
    settings.EVENT_STREAM_ALLOW_PRIVATE = True


@pytest.fixture
def siem() -> Iterator[Siem]:
    with siems.listening("webhook") as listening:
        yield listening
