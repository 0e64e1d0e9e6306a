"""The whole catalogue, door by door: nothing that may be changed is without its row, and no event is written that no row
tells of. That they are written with the change and not without it is asked of each face (see the files beside this)."""

import ast
from collections import Counter

import pytest

from apps.events.types import EventType
from tests.house import catalogue, reach
from tests.house.reach import Door

DOORS = {catalogue.short(door): door for door in reach.doors("api", "scim", "oidc", "sdk", "hosted", "console")}
ROWS = catalogue.lines(catalogue.WRITTEN)


def test_every_door_has_one_row_and_every_row_a_door() -> None:
    assert set(DOORS) == set(ROWS) | catalogue.ASKING
    assert not set(ROWS) & catalogue.ASKING


@pytest.mark.parametrize("name", sorted(set(ROWS) & set(DOORS)))
def test_a_door_writes_what_its_row_says(name: str) -> None:
    assert catalogue.told(DOORS[name]) == ROWS[name]


@pytest.mark.parametrize("name", sorted(catalogue.ASKING))
def test_what_only_asks_writes_nothing(name: str) -> None:
    assert catalogue.told(DOORS[name]) == set()


def test_what_no_door_writes_is_written_where_the_catalogue_says() -> None:
    seen = set().union(*ROWS.values()) | catalogue.EVERYWHERE
    found: dict[str, set[str]] = {}
    for module, name in reach.definitions():
        for told in reach.written_by((module, name)) - seen:
            found.setdefault(module.removeprefix("apps."), set()).add(told)
    assert found == catalogue.lines(catalogue.ELSEWHERE)


def test_between_them_they_write_the_whole_catalogue() -> None:
    rows = [*ROWS.values(), *catalogue.lines(catalogue.ELSEWHERE).values(), catalogue.EVERYWHERE]
    assert {told.split()[0] for row in rows for told in row} == set(EventType.__members__)


def test_every_attempt_names_its_type_where_it_stands() -> None:
    """Or no table could know what it writes."""
    nameless = Counter(
        module
        for module, tree in reach.modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("attempt", "record")
        if not any(getattr(getattr(part, "value", None), "id", "") == "EventType" for part in node.args)
    )
    assert nameless == {}


@pytest.mark.parametrize(
    "place",
    [place for place in reach.definitions() if any(told.endswith(" UPDATE") for told in reach.written_by(place))],
    ids=".".join,
)
def test_whoever_writes_an_update_tells_what_was_there_before_and_after(place: reach.Place) -> None:
    named = {
        getattr(node, "attr", "")
        for part in reach.places_from(place)
        for node in ast.walk(reach.definitions()[part])
        if isinstance(node, ast.Attribute)
    }
    assert named & {"changed", "changed_personal"}


def test_a_new_door_would_be_noticed() -> None:
    groups = ("apps.api.views.groups", "Groups.post")
    assert reach.events_from(groups) == {"GROUP_CHANGE CREATE"}
    assert catalogue.short(Door("v1/tenants/<t:tenant_id>/realms/<r:realm_id>/new", "post", groups)) == "POST R/new"
    assert "POST R/new" not in ROWS
