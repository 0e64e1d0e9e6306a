"""A page of a realm is found by the index of the realm, however many rows of others lie between (house: hot paths)."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from apps.core import ids
from apps.core.rows import NEWEST, in_order, walk
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.realms.models import Realm
from tests.world import World

FOREIGN, OWN = 3000, 1200


def fill(world: World, realm: Realm, count: int, first: int) -> None:
    common = {"realm": realm, "tenant_id": realm.tenant_id, "created_at": world.ctx.now, "updated_at": world.ctx.now}
    numbers = range(first, first + count)
    Identity.objects.bulk_create(
        Identity(id=f"{n:016x}", username=f"p{n}", username_key=f"p{n}", search_key=f"p{n}", **common) for n in numbers
    )


@pytest.fixture
def realms(world: World) -> tuple[Realm, Realm]:
    """Most rows are of the first; the second's are all younger, and a few of the first's are younger still."""
    large, small = world.acme.staff.realm, world.realm
    Identity.objects.filter(realm__in=(large, small)).delete()
    fill(world, large, FOREIGN, 0x1000)
    fill(world, small, OWN, 0x100000)
    fill(world, large, 10, 0x200000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE directory_identity")
    return large, small


def plan(rows: "QuerySet[Any]") -> str:
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{explain} {sql}", parameters)
        return "\n".join(str(line) for line in cursor.fetchall())


@pytest.mark.parametrize("descending", [False, True])
def test_the_first_and_the_last_page_walk_the_realms_own_index(realms: tuple[Realm, Realm], descending: bool) -> None:
    for realm in realms:
        rows = in_order(directory.identities_in(realm), "pk", descending=descending)
        assert "identity_realm " in plan(rows[:21])


def test_the_rows_are_the_same_either_way(realms: tuple[Realm, Realm]) -> None:
    for realm in realms:
        every = sorted(directory.identities_in(realm).values_list("pk", flat=True))
        for at in (0, 1, len(every) // 2, len(every) - 1):
            up = in_order(directory.identities_in(realm), "pk", beyond=every[at])
            down = in_order(directory.identities_in(realm), "pk", descending=True, beyond=every[at])
            assert [row.pk for row in up[:7]] == every[at + 1 : at + 8]
            assert [row.pk for row in down[:7]] == every[:at][::-1][:7]
        assert [row.pk for row in in_order(directory.identities_in(realm), "id")[:3]] == every[:3]


def test_a_further_condition_still_narrows(realms: tuple[Realm, Realm]) -> None:
    large, small = realms
    rows = directory.identities_in(small).filter(username_key__startswith="p104857")
    assert [row.realm_id for row in in_order(rows, "pk")] == [small.pk] * rows.count()
    assert not in_order(directory.identities_in(small).filter(username_key="p4096"), "pk")
    assert not in_order(directory.identities_in(small).none(), "pk")
    assert in_order(directory.identities_in(large).exclude(pk=f"{0x1000:016x}"), "pk")[0].pk == f"{0x1001:016x}"


def test_pages_lead_down_and_up_again(realms: tuple[Realm, Realm]) -> None:
    small = realms[1]
    of_realm = directory.identities_in(small)
    first = walk(of_realm, of_realm, NEWEST, "", "", 10)
    second = walk(of_realm, of_realm, NEWEST, "", first.after, 10)
    assert [row.pk for row in walk(of_realm, of_realm, NEWEST, second.before, "", 10).rows] == [
        row.pk for row in first.rows
    ]
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}
    assert {row.realm_id for row in (*first.rows, *second.rows)} == {small.pk}
    assert walk(of_realm, of_realm, NEWEST, "", ids.short_id(), 10).rows == first.rows
