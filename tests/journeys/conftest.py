from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import post_office as offices


@pytest.fixture
def post_office(settings: Any, tmp_path: Path) -> Iterator[offices.PostOffice]:
    with offices.opened(settings, tmp_path / "mail") as office:
        yield office
