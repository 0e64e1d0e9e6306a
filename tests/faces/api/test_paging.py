"""Lists in pages (contract/wire.md §1.1 "Pagination")."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.api import paging
from apps.directory import traits
from apps.directory.models import Identity
from apps.directory.services import identities
from tests.faces.api.caller import Caller, read, violations
from tests.world import World

WRONG = [("page_token", "invalid page token")]


@pytest.fixture
def crowd(world: World) -> list[str]:
    """Everybody's id in Bob's realm, 25 in all, as the list has them."""
    for number in range(22):
        given = {"type": traits.TYPE, "username": f"user{number}"}
        identities.create_identity(
            world.ctx, world.realm, display_name=f"User {number}", traits=traits.parse(given, creating=True)
        )
    return list(Identity.objects.filter(realm=world.realm).order_by("pk").values_list("pk", flat=True))


def ids(body: dict[str, Any]) -> list[str]:
    return [identity["id"] for identity in body["identities"]]


def walk(api: Caller, **query: Any) -> list[list[str]]:
    pages, token = [], ""
    while True:
        body = read(api.get("/identities", **query, **({"page_token": token} if token else {})))
        assert set(body) <= {"identities", "total_size", "next_page_token"}
        pages.append(ids(body))
        token = body.get("next_page_token", "")
        if not token:
            return pages
        query.pop("page_size", None)
        query.pop("skip", None)


def test_twenty_at_a_time_unless_asked(api: Caller, crowd: list[str]) -> None:
    first, second = walk(api)
    assert (first, second) == (crowd[:20], crowd[20:])


def test_the_size_travels_in_the_token(api: Caller, crowd: list[str]) -> None:
    pages = walk(api, page_size=10)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sum(pages, []) == crowd


def test_the_size_may_change_on_the_way(api: Caller, crowd: list[str]) -> None:
    token = read(api.get("/identities", page_size=5))["next_page_token"]
    assert ids(read(api.get("/identities", page_size=7, page_token=token))) == crowd[5:12]


def test_a_full_last_page_has_no_token(api: Caller, crowd: list[str]) -> None:
    assert "next_page_token" not in read(api.get("/identities", page_size=25))
    assert [len(page) for page in walk(api, page_size=5)] == [5] * 5


@pytest.mark.parametrize(("size", "length"), [("0", 20), ("200", 25), ("201", 25), ("4294967295", 25)])
def test_sizes_are_clamped(api: Caller, crowd: list[str], size: str, length: int) -> None:
    assert len(ids(read(api.get("/identities", page_size=size)))) == length


def test_no_page_is_larger_than_200(monkeypatch: pytest.MonkeyPatch, api: Caller, crowd: list[str]) -> None:
    with CaptureQueriesContext(connection) as queries:
        api.get("/identities", page_size=100_000)
    assert "LIMIT 201" in queries[-1]["sql"]


def test_skip_applies_once(api: Caller, crowd: list[str]) -> None:
    assert sum(walk(api, skip=3, page_size=10), []) == crowd[3:]
    token = read(api.get("/identities", page_size=5))["next_page_token"]
    assert ids(read(api.get("/identities", page_token=token, skip=2))) == crowd[7:12]


def test_the_total_is_of_everything_that_fits(api: Caller, crowd: list[str]) -> None:
    assert read(api.get("/identities", page_size=2, skip=4))["total_size"] == 25
    assert read(api.get("/identities", skip=1000)) == {"identities": [], "total_size": 25}
    assert read(api.get("/identities", filter='username sw "user1"', page_size=1))["total_size"] == 11


def test_the_total_stops_where_counting_would_scan(
    api: Caller, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "COUNTED", 10)
    for skip in (0, 1000):
        assert read(api.get("/identities", skip=skip))["total_size"] == 10
    assert len(walk(api)) == 2


def test_who_joins_or_leaves_on_the_way_moves_nobody(world: World, api: Caller, crowd: list[str]) -> None:
    token = read(api.get("/identities", page_size=10))["next_page_token"]
    for pk in crowd[:5] + [crowd[9]]:
        Identity.objects.get(pk=pk).delete()
    assert ids(read(api.get("/identities", page_token=token))) == crowd[10:20]


def test_a_token_lives_a_week(api: Caller, crowd: list[str]) -> None:
    token = read(api.get("/identities"))["next_page_token"]
    with time_machine.travel(timedelta(days=6, hours=23), tick=False):
        assert ids(read(api.get("/identities", page_token=token))) == crowd[20:]
    with time_machine.travel(timedelta(days=7, seconds=2), tick=False):
        assert violations(api.get("/identities", page_token=token)) == WRONG


def test_a_token_fits_no_other_filter(api: Caller, crowd: list[str]) -> None:
    chosen = 'username sw "user"'
    token = read(api.get("/identities", filter=chosen, page_size=5))["next_page_token"]
    assert read(api.get("/identities", filter=chosen, page_token=token))["total_size"] == 22
    for other in ('username sw "bob"', 'username sw "user" or id pr', ""):
        assert violations(api.get("/identities", filter=other, page_token=token)) == WRONG


def test_a_token_fits_no_other_realm_and_no_other_list(world: World, api: Caller, crowd: list[str]) -> None:
    token = read(api.get("/identities"))["next_page_token"]
    assert violations(api.at(world.acme.staff.realm).get("/identities", page_token=token)) == WRONG
    assert violations(api.get("/identities/-/credentials", page_token=token)) == WRONG


def test_a_token_of_ones_own_making_is_refused(api: Caller, crowd: list[str]) -> None:
    token = read(api.get("/identities"))["next_page_token"]
    own = signing.dumps({"after": crowd[0], "size": 1, "of": ""}, salt="somewhere.else")
    for bad in ("x", token[:-1], token + "x", token[::-1], own, "a:b:c", ":", "é", "\U0001f600" * 50, crowd[0]):
        assert violations(api.get("/identities", page_token=bad)) == WRONG, bad


@pytest.mark.parametrize("name", ["page_size", "skip"])
@pytest.mark.parametrize("value", ["", "-1", "x", "1.5", "1e3", "٣", " 1", "4294967296", "9" * 400, "0x10"])
def test_numbers_are_numbers(api: Caller, name: str, value: str) -> None:
    assert violations(api.get("/identities", **{name: value})) == [(name, "must be a number from 0 to 4294967295")]


def test_all_that_is_wrong_is_told_at_once(api: Caller) -> None:
    found = violations(api.get("/identities", page_size="x", skip="y", page_token="z"))
    assert [field for field, _ in found] == ["page_size", "skip", "page_token"]


@pytest.mark.parametrize("path", ["identities", "identities/-/credentials", "identities/-/credential-binding-jobs"])
def test_a_page_deep_down_is_found_by_its_key(world: World, api: Caller, crowd: list[str], path: str) -> None:
    """The plan walks the realm's index from the last key on: nothing is sorted, and nothing before it is read."""
    after = signing.dumps(
        {"after": crowd[9], "size": 5, "of": paging._binding(_request(f"{api.base}/{path}"))}, salt=paging._SALT
    )
    with CaptureQueriesContext(connection) as queries:
        read(api.get(f"/{path}", page_token=after))
    plan = explain(queries[-1]["sql"] if path == "identities" else _page_query(queries))
    assert re.search(r"(identity|credential|job)_realm", plan), plan
    assert "TEMP B-TREE" not in plan, plan
    assert "Sort" not in plan, plan


def _request(path: str) -> Any:
    from django.test import RequestFactory
    from rest_framework.request import Request

    return Request(RequestFactory().get(path))


def _page_query(queries: CaptureQueriesContext) -> str:
    return next(query["sql"] for query in queries if "LIMIT 6" in query["sql"])


def explain(sql: str) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for way in ("seqscan", "bitmapscan", "sort"):  # a realm of 25 is too small to need an index
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute("ANALYZE directory_identity, credentials_credential, credentials_credentialbindingjob")
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row) for row in cursor.fetchall())
