"""Statements worked out once do what the ORM's own would: the same rows, the same columns, bound anew each time."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.applications.models import AccessToken, Application
from apps.core import secrets
from apps.core.statements import KnownQuery, insert
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
        targets=[{"type": "thing", "id": "1", "display_name": "Ω\"'%s"}],
        data={"changes": {"a": [None, 1.5]}},
    )


def test_rows_are_written_whole_and_those_of_a_table_by_one_statement(
    world: World, django_assert_num_queries: Any
) -> None:
    rows = [event(world, number) for number in range(3)]
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
