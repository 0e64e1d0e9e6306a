"""Lists are walked by any key they can be sorted by: ties are broken by id, and what never happened comes before all."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.rows import Key, Sorts, walk
from apps.directory.models import Group
from apps.directory.services import groups
from apps.streams.models import EventStream
from tests.world import World

pytestmark = pytest.mark.django_db

NAMES = ["beta", "Alpha", "alpha ", "Beta", "ALPHA", "gamma", "Émile", "aleph", "same", "SAME"]


@pytest.fixture
def crowd(world: World) -> Any:
    for name in NAMES:
        groups.create_group(world.ctx, world.acme.staff.realm, display_name=f"{name} {len(name)}")
    return Group.objects.filter(realm=world.acme.staff.realm)


@pytest.fixture
def streams(world: World) -> Any:
    """Some that delivered at the same time, and some never."""
    for number in range(7):
        EventStream.objects.create(
            realm=world.realm,
            tenant=world.acme.tenant,
            type="webhook",
            display_name=str(number),
            settings={},
            sealed_secrets=b"",
            position=0,
            next_try_at=world.ctx.now,
            last_delivered_at=world.ctx.now - timedelta(hours=number // 2) if number % 3 else None,
            created_at=world.ctx.now,
            updated_at=world.ctx.now,
        )
    return EventStream.objects.filter(realm=world.realm)


def walked(rows: Any, key: Key, size: int) -> list[Any]:
    """All of it, down; and up again from the end it must be the same."""
    pages, cursor = [], ""
    while True:
        page = walk(rows, rows, key, "", cursor, size)
        pages.append([row.pk for row in page.rows])
        if not page.after:
            break
        cursor = page.after
    back, cursor = [pages[-1]], walk(rows, rows, key, "", str(pages[-2][-1]), size).before
    while cursor:
        page = walk(rows, rows, key, cursor, "", size)
        back.insert(0, [row.pk for row in page.rows])
        cursor = page.before
    found = [pk for page in pages for pk in page]
    assert [pk for page in back for pk in page][-len(found) :] == found
    assert len(set(found)) == len(found) == rows.count()
    return found


@pytest.mark.parametrize("size", [1, 3, 4])
@pytest.mark.parametrize("key", [Key("display_name", folded=True), Key("description"), Key("created_at")])
def test_a_walk_meets_everything_once_in_either_direction(crowd: Any, key: Key, size: int) -> None:
    down = walked(crowd, key, size)
    assert walked(crowd, Key(key.column, descending=True, folded=key.folded), size) == down[::-1]


def test_letters_are_alike_whatever_their_case(crowd: Any) -> None:
    named = dict(crowd.values_list("pk", "display_name"))
    found = [named[pk] for pk in walked(crowd, Key("display_name", folded=True), 3)]
    plain = [name.lower() for name in found if name.isascii()]
    assert plain == sorted(plain)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_what_never_happened_comes_before_all(streams: Any, size: int) -> None:
    at = dict(streams.values_list("pk", "last_delivered_at"))
    found = walked(streams, Key("last_delivered_at", or_never=True), size)
    times = [at[pk] for pk in found]
    assert times[:3] == [None] * 3
    assert times[3:] == sorted(times[3:])
    assert walked(streams, Key("last_delivered_at", descending=True, or_never=True), size) == found[::-1]


def test_an_address_names_a_sort_or_gets_the_usual() -> None:
    sorts = Sorts("-created", name=Key("display_name"), created=Key(descending=True))
    for odd in ("", "-", "--name", "password", "created_at", "realm__tenant", "\x00", "name "):
        assert sorts.chosen(odd) == "-created", odd
        assert sorts.key(odd).descending
    assert (sorts.key("name").descending, sorts.key("-name").descending, sorts.key("created").descending) == (
        False, True, False,
    )  # fmt: skip
