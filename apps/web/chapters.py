"""What a face beside the management API tells of itself in the one description that everybody reads (/v1/openapi.json).

Faces do not know each other: one tells it here when it starts, the API's description asks here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Chapter:
    """`paths` and `components` as OpenAPI 3.1 writes them; every operation has `name` for its tag."""

    name: str
    about: str
    paths: Mapping[str, Mapping[str, Any]]
    components: Mapping[str, Mapping[str, Any]]


_told: dict[str, Callable[[], Chapter]] = {}


def tell(name: str, chapter: Callable[[], Chapter]) -> None:
    """`name` is that of the chapter; the rest is asked for when it is read."""
    _told[name] = chapter


def names() -> list[str]:
    return list(_told)


def told() -> list[Chapter]:
    return [chapter() for chapter in _told.values()]
