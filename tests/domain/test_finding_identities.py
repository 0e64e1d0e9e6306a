"""Finding people in a realm: search as one types, and walking the list by keyset, newest first or by name."""

import pytest
from django.db import connection

from apps.core.errors import Invalid
from apps.directory import selectors as directory
from apps.directory import traits, words
from apps.directory.models import Identity
from apps.directory.services import groups, identities
from tests.world import World, join

pytestmark = pytest.mark.django_db


def found(world: World, text: str) -> set[str]:
    return {identity.username for identity in directory.search_identities(world.realm, text)}


@pytest.mark.parametrize("text", ["bob", "Baker", "BOB BAKER", "baker bob", "ob@acme", " bob  "])
def test_every_word_may_stand_anywhere_in_name_username_or_address(world: World, text: str) -> None:
    assert found(world, text) == {"bob"}


def test_an_id_finds_its_person(world: World) -> None:
    assert found(world, world.bob.pk) == {"bob"}


@pytest.mark.parametrize("text", ["bob carol", "evil", "%", "_", "\\", "bob'; --"])
def test_what_fits_nobody_finds_nobody(world: World, text: str) -> None:
    assert found(world, text) == set()


def test_nothing_typed_finds_everybody(world: World) -> None:
    assert found(world, "  ") == {"bob", "carol", "dave"}


def test_a_new_name_is_found_and_the_old_one_is_not(world: World) -> None:
    identities.update_identity(world.ctx, world.bob, display_name="Robert Straße")
    assert found(world, "STRASSE") == {"bob"}
    assert found(world, "baker") == set()


@pytest.mark.parametrize(("sort", "column"), [("", "-id"), ("name", "search_key"), ("-username", "-username_key")])
def test_a_list_is_walked_down_and_up_without_missing_anybody(world: World, sort: str, column: str) -> None:
    for number in range(7):
        join(world.ctx, world.realm, f"p{number}", "Same Name" if number % 2 else f"Name {number}", "acme.test")
    rows = directory.identities_in(world.realm)
    everybody = [row.pk for row in rows.order_by(column)]
    pages, cursor = [], ""
    while True:
        page = directory.page_of_identities(world.realm, rows, sort=sort, after=cursor, size=3)
        pages.append([row.pk for row in page.rows])
        if not (cursor := page.after):
            break
    assert [pk for part in pages for pk in part] == everybody
    back = directory.page_of_identities(world.realm, rows, sort=sort, before=pages[-1][0], size=3)
    assert [row.pk for row in back.rows] == pages[-2]
    assert back.before
    assert back.after
    first = directory.page_of_identities(world.realm, rows, sort=sort, before=pages[1][0], size=3)
    assert [row.pk for row in first.rows] == pages[0]
    assert first.before == ""


@pytest.mark.parametrize("cursor", ["", "nonsense", "0" * 16, "eve"])
def test_a_cursor_of_nobody_here_shows_the_first_page(world: World, cursor: str) -> None:
    """Another realm's id among them: its place in the order would tell of its name."""
    cursor = world.eve.pk if cursor == "eve" else cursor
    rows = directory.identities_in(world.realm)
    shown = directory.page_of_identities(world.realm, rows, sort="name", after=cursor)
    assert [row.username for row in shown.rows] == ["bob", "carol", "dave"]
    assert (shown.before, shown.after) == ("", "")


def test_a_count_stops_where_it_is_told(world: World) -> None:
    assert directory.count_up_to(directory.identities_in(world.realm), 10) == 3
    assert directory.count_up_to(directory.identities_in(world.realm), 2) == 3
    assert directory.count_up_to(directory.identities_in(world.realm), 1) == 2


def test_characters_that_stand_for_many_others_cannot_overflow_the_key(world: World) -> None:
    """U+FDFA is one character of a username and eighteen of its compared form."""
    given = {"type": traits.TYPE, "username": "\ufdfa" * 64}
    with pytest.raises(Invalid):
        traits.parse(given, creating=True)
    long_name = identities.create_identity(
        world.ctx,
        world.realm,
        display_name="\ufdfa" * 64,
        traits=traits.parse({"type": traits.TYPE, "username": "long"}, creating=True),
    )
    assert found(world, long_name.pk) == {"long"}


@pytest.mark.parametrize("few", [0, 500])
def test_members_are_walked_and_searched_alike_in_small_and_large_groups(
    world: World, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(directory, "_FEW", few)
    group = world.acme.customers.contractors
    joined = [join(world.ctx, world.realm, f"p{i}", f"Person {i}", "acme.test").pk for i in range(5)]
    groups.add_members(world.ctx, group, joined)
    first = directory.page_of_members(group, size=4)
    second = directory.page_of_members(group, size=4, after=first.after)
    back = directory.page_of_members(group, size=4, before=second.before)
    assert [row.username for row in (*first.rows, *second.rows)] == ["carol", "p0", "p1", "p2", "p3", "p4"]
    assert back.rows == first.rows
    assert [row.username for row in directory.page_of_members(group, text="p3@acme").rows] == ["p3"]
    assert directory.page_of_members(group, text="bob").rows == []
    assert directory.member_count(group, 3) == 4


def test_postgresql_has_an_index_of_letters_and_nothing_else_needs_one() -> None:
    with connection.cursor() as cursor:
        indexes = connection.introspection.get_constraints(cursor, "directory_identity")
    assert ("identity_letters" in indexes) is (connection.vendor == "postgresql")


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("b", {"bob"}),  # Bob Baker, and no "bob" in the middle of anything
        ("ob", set()),
        ("ba", {"bob"}),
        ("c co", {"carol"}),
        ("jo-an", {"jo"}),
        ("an", {"jo"}),
        ("x9", {"jo"}),
        ("19", {"jo"}),  # digits are no letters
        ("中太", {"jo"}),  # no beginning of a word, and as much as people write of a name
        ("É", {"jo"}),
    ],
)
def test_a_word_of_one_or_two_letters_stands_at_the_beginning_of_one(world: World, text: str, people: set[str]) -> None:
    join(world.ctx, world.realm, "jo", "Jo-Anne Émile 田中太郎 v.x97195", "acme.test")
    for person in directory.identities_in(world.realm):  # ids are drawn by lot, and may begin with "ba" or have a 19
        Identity.objects.filter(pk=person.pk).update(search_key=person.search_key.replace(person.pk, "~"))
    assert found(world, text) == people


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no index of letters")
@pytest.mark.parametrize("text", ["q", "qz", "qz rare", "baker"])
def test_no_word_is_looked_for_in_everybody(text: str) -> None:
    sql, values = Identity.objects.filter(words.fitting(text)).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Bitmap Index Scan on identity_letters" in plan, plan
    assert "Seq Scan" not in plan, plan
