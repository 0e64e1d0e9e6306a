"""Statements worked out once do what the ORM's own would: the same rows, the same columns, bound anew each time."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from apps.applications.models import AccessToken, Application, RefreshToken
from apps.core import secrets
from apps.core.known_statements import KnownQuery, KnownUpdate
from apps.core.new_rows import new_row
from apps.core.statements import insert
from apps.events.models import Event
from tests import ceremonies
from tests.world import World

BY_DIGEST = KnownQuery(
    lambda digest: AccessToken.objects.select_related("user", "application__realm").filter(
        token_checksum=digest, revoked_at=None
    ),
    str,
)
IN_REALM = KnownQuery(
    lambda pk, realm_id, moment: Application.objects.filter(pk=pk, realm_id=realm_id, created_at__lt=moment),
    uuid.UUID,
    str,
    datetime,
)

SEAL = KnownUpdate(
    lambda digest, pk, sealed: (
        RefreshToken.objects.filter(token_checksum=digest, application=pk),
        {"consumed_at": Now(), "token_suffix": digest, "sealed_successor": sealed},
    ),
    str,
    uuid.UUID,
    bytes,
)


def test_a_known_query_reads_what_the_orm_reads(world: World) -> None:
    token = ceremonies.management_token(world.ctx, world.acme)
    found = BY_DIGEST.one(secrets.digest(token))
    asked = AccessToken.objects.select_related("user", "application__realm").get(token_checksum=secrets.digest(token))
    assert found is not None
    for field in AccessToken._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(asked, field.attname), field.name
    assert found.user is None
    assert found.application.grant_types == asked.application.grant_types
    assert found.application.realm == asked.application.realm


def test_it_is_bound_to_the_values_of_each_call(world: World) -> None:
    soon, before = datetime.now(UTC) + timedelta(days=1), datetime(2000, 1, 1, tzinfo=UTC)
    mine, other = world.application, world.evil.customers.application
    assert IN_REALM.one(mine.pk, mine.realm_id, soon) == mine
    assert IN_REALM.one(other.pk, other.realm_id, soon) == other
    assert IN_REALM.one(mine.pk, other.realm_id, soon) is None
    assert IN_REALM.one(mine.pk, mine.realm_id, before) is None
    assert IN_REALM.one(mine.pk, "' OR true --", soon) is None


def test_it_asks_one_statement_and_nothing_of_what_came_along(world: World, django_assert_num_queries: Any) -> None:
    token = ceremonies.management_token(world.ctx, world.acme)
    with django_assert_num_queries(1):
        found = BY_DIGEST.one(secrets.digest(token))
        assert found is not None
        assert found.application.realm.display_name


def test_a_known_update_changes_what_it_names_and_says_how_many(world: World) -> None:
    mine, other = world.application.pk, world.evil.customers.application.pk
    insert(*(refresh_token(world, digest) for digest in ("first", "second")))
    assert SEAL("first", other, b"x") == 0
    assert SEAL("first", mine, b"\x00 '%s") == 1
    first, second = RefreshToken.objects.order_by("token_checksum")
    assert (first.token_suffix, bytes(first.sealed_successor)) == ("first", b"\x00 '%s")
    assert first.consumed_at is not None
    assert (second.token_suffix, second.sealed_successor, second.consumed_at) == ("", None, None)


def refresh_token(world: World, digest: str) -> RefreshToken:
    return RefreshToken(
        tenant_id=world.realm.tenant_id,
        realm_id=world.realm.pk,
        application=world.application,
        user=world.bob,
        jti=digest,
        token_checksum=digest,
        expires=world.ctx.now,
        issued_at=world.ctx.now,
    )


def event(world: World, number: int) -> Event:
    return Event(
        tenant_id=world.realm.tenant_id,
        realm_id=world.realm.pk,
        type="TOKEN_REQUEST",
        occurred_at=world.ctx.now,
        recorded_at=world.ctx.now,
        correlation_id=f"flow-{number:08d}",
        outcome="SUCCESS",
        actor_type="system",
        targets=[{"type": "thing", "id": "1", "display_name": "Ω\"'%s\\u00e9"}],
        data={"changes": {"a": [None, 1.5, True, 10**20, "\\"]}},
        client_user_agent="\n\t\\'",
    )


@pytest.mark.parametrize("many", [3, 30])
def test_rows_are_written_whole_and_those_of_a_table_by_one_statement(
    world: World, django_assert_num_queries: Any, many: int
) -> None:
    rows = [event(world, number) for number in range(many)]
    with django_assert_num_queries(1):
        insert(*rows)
    for row in rows:
        kept = Event.objects.get(pk=row.pk)
        for field in Event._meta.concrete_fields:
            assert getattr(kept, field.attname) == getattr(row, field.attname), field.name


def test_more_rows_than_a_statement_can_bind_are_written_by_several(world: World) -> None:
    insert(*(event(world, number) for number in range(4_000)))
    assert Event.objects.filter(correlation_id__startswith="flow-").count() == 4_000


def test_nothing_to_write_asks_nothing(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        insert()


def test_a_new_row_is_what_the_orm_would_make(world: World) -> None:
    values = {"user": world.bob, "application": world.application, "jti": "a", "expires": world.ctx.now}
    quick, usual = new_row(RefreshToken, **values), RefreshToken(**values)
    for field in RefreshToken._meta.concrete_fields:
        if not field.primary_key:
            assert getattr(quick, field.attname) == getattr(usual, field.attname), field.name
    assert quick.pk
    assert quick.pk != usual.pk
    assert quick._state.adding
    assert (quick.user, quick.application) == (world.bob, world.application)
    with pytest.raises(TypeError, match="colour"):
        new_row(RefreshToken, **values, colour="red")


@pytest.mark.parametrize("microsecond", [0, 7, 120_000, 775_012])
def test_a_moment_is_read_as_it_was_written(world: World, microsecond: int) -> None:
    row = event(world, 1)
    row.occurred_at = datetime(2024, 2, 29, 23, 59, 59, microsecond, tzinfo=UTC)
    insert(row)
    kept = Event.objects.get(pk=row.pk).occurred_at
    assert (kept, kept.tzinfo) == (row.occurred_at, UTC)


def test_the_next_statement_is_asked_whatever_became_of_the_last(world: World) -> None:
    row = event(world, 1)
    insert(row)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(row)
    soon = datetime.now(UTC) + timedelta(days=1)
    assert IN_REALM.one(world.application.pk, world.realm.pk, soon) == world.application
    assert len(IN_REALM.all(world.application.pk, world.realm.pk, soon)) == 1
