"""An application's sign-ins that are live, page by page, however many of others are over, and without reading those."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from apps.applications.models import AccessToken, Grant
from apps.core import ids
from apps.tokens import selectors as tokens
from apps.tokens.services import revocation
from tests import ceremonies
from tests.world import World

pytestmark = pytest.mark.django_db

MANY = 24


@pytest.fixture
def grants(world: World) -> list[Grant]:
    """Bob signed in again and again, every minute; every fifth time his token is still good."""
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))
    first, token = Grant.objects.get(user=world.bob), AccessToken.objects.get(user=world.bob)
    made = [copied(first, number, code=f"code {number}") for number in range(MANY)]
    Grant.objects.bulk_create(made)
    AccessToken.objects.bulk_create(
        copied(
            token,
            number,
            grant_id=grant.pk,
            token_checksum=f"digest {number}",
            jti=f"jti {number}",
            expires=world.ctx.now + timedelta(hours=1 if number % 5 == 0 else -1),
        )
        for number, grant in enumerate(made)
    )
    revocation.end_grant(world.ctx, first)
    return made


def copied(row: Any, number: int, **different: Any) -> Any:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    at = {"authenticated_at": row.authenticated_at + timedelta(minutes=number)} if isinstance(row, Grant) else {}
    return type(row)(**values | at | different | {"id": ids.uuid7()})


def walked(world: World, sort: str, text: str = "") -> Iterator[UUID]:
    """Down to the end, each page checked by going up again."""
    after, before = "", None
    for _ in range(MANY):
        page = tokens.page_of_grants(world.ctx, world.application, text=text, sort=sort, after=after, size=2)
        if before is not None:
            assert tokens.page_of_grants(
                world.ctx, world.application, text=text, sort=sort, before=page.before, size=2
            ).rows == before.rows  # fmt: skip
        yield from (grant.pk for grant in page.rows)
        if not page.after:
            return
        after, before = page.after, page
    raise AssertionError("no end")


@pytest.mark.parametrize("few", [1, 1_000], ids=["many are live", "few are live"])
@pytest.mark.parametrize("near", [1, 7, 1_000])
def test_every_live_one_is_shown_once_in_order(
    world: World, grants: list[Grant], near: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_NEAR", near)
    monkeypatch.setattr(tokens, "_FEW", few)
    live = [grant.pk for grant in grants[::5]]
    assert list(walked(world, "signed_in")) == live
    assert list(walked(world, "-signed_in", "baker")) == live[::-1]
    assert list(walked(world, "-signed_in", "nobody")) == []
    Grant.objects.filter(pk=live[1]).update(revoked_at=world.ctx.now)
    assert list(walked(world, "-signed_in")) == [live[4], live[3], live[2], live[0]]


def test_nothing_of_another_application_is_shown(
    world: World, grants: list[Grant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_NEAR", 1)
    other = world.acme.console
    assert tokens.page_of_grants(world.ctx, other, size=2).rows == []
    assert tokens.page_of_grants(world.ctx, other, after=str(grants[0].pk), size=2).rows == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite tells its plans in other words")
def test_tokens_that_are_over_are_passed_by_in_the_index(world: World, grants: list[Grant]) -> None:
    statement, values = tokens._with_live_tokens(world.ctx, world.application)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    for index in ("access_token_live", "refresh_token_live"):
        assert re.search(rf"using {index} .*\n +Index Cond: .*application_id = .* AND \(expires > ", plan), plan
