"""R/identities:batchDelete (contract/wire.md §1.2 "Added later"): all of them or none."""

from typing import Any

import pytest
from django.test import Client

from apps.applications.models import AccessToken
from apps.authentication.models import Session
from apps.core import ids
from apps.credentials.models import Credential
from apps.directory.models import Group, GroupMembership, Identity
from apps.directory.services import groups
from apps.events.models import Event
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.caller import Caller, read, violations
from tests.racing import race
from tests.world import World, build, join

PATH = "/identities:batchDelete"


def everybody(world: World) -> list[str]:
    return [person.pk for person in world.acme.customers.people.values()]


def left(world: World) -> int:
    return Identity.objects.filter(realm=world.realm).count()


def test_each_goes_with_all_that_hangs_on_them_and_leaves_an_event(world: World, api: Caller) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    response = api.post(PATH, {"ids": everybody(world)}, X_Correlation_Id="spring-clean")
    assert (response.status_code, response.content) == (200, b"")
    assert left(world) == 0
    assert not Credential.objects.filter(realm=world.realm).exists()
    assert not GroupMembership.objects.filter(realm=world.realm).exists()
    assert not Session.objects.filter(realm=world.realm).exists()
    assert not AccessToken.objects.filter(realm=world.realm, revoked_at=None).exists()
    events = record.events(world.realm, EventType.IDENTITY_CHANGE, correlation_id="spring-clean")
    assert [(event.outcome, event.data) for event in events] == [("SUCCESS", {"action": "DELETE", "batch_size": 3})] * 3
    assert sorted(target["id"] for event in events for target in event.targets) == sorted(everybody(world))
    ended = record.last(world.realm, EventType.SESSION_CHANGE)
    assert (ended.correlation_id, ended.targets[0]["id"]) == ("spring-clean", world.bob.pk)


def test_an_id_given_twice_counts_once(world: World, api: Caller) -> None:
    assert api.post(PATH, {"ids": [world.bob.pk] * 3}).status_code == 200
    assert left(world) == 2
    (event,) = record.events(world.realm, EventType.IDENTITY_CHANGE)[-1:]
    assert event.data["batch_size"] == 1


def test_one_that_is_not_there_keeps_all_the_others(world: World, api: Caller) -> None:
    """Of another realm, of another tenant, of nowhere or no id at all: they read alike."""
    foreign = [world.acme.staff.bob.pk, world.evil.customers.bob.pk, ids.short_id(), "é", "x" * 999]
    before = Event.objects.count()
    for number, wanted in enumerate(foreign, 1):
        body = read(api.post(PATH, {"ids": [*everybody(world), wanted]}), 404)
        assert body == {
            "code": "not_found",
            "message": "identity not found",
            "details": [
                {
                    "type": "BatchOperationErrors",
                    "description": "nothing was done",
                    "errors": [{"Description": "identity not found", "IDs": [wanted], "ResourceType": "Identity"}],
                },
                {
                    "type": "ResourceInfo",
                    "resource_type": "Identity",
                    "id": wanted,
                    "description": "identity not found",
                },
            ],
        }
        assert Event.objects.count() == before + number
    assert left(world) == 3
    assert record.last(world.realm, EventType.IDENTITY_CHANGE).outcome == "NOT_FOUND"
    assert Identity.objects.filter(pk__in=foreign[:2]).count() == 2


def test_all_that_are_missing_are_named_at_once(world: World, api: Caller) -> None:
    missing = sorted([world.evil.customers.bob.pk, ids.short_id()])
    body = read(api.post(PATH, {"ids": [*missing, world.bob.pk]}), 404)
    assert body["details"][0]["errors"][0]["IDs"] == missing


def test_nobody_is_deleted_twice(world: World, api: Caller) -> None:
    assert api.post(PATH, {"ids": [world.bob.pk]}).status_code == 200
    assert api.post(PATH, {"ids": [world.bob.pk]}).status_code == 404


def test_with_a_key_it_may_be_sent_again(world: World, api: Caller) -> None:
    answers = [api.post(PATH, {"ids": [world.bob.pk]}, Idempotency_Key="clean") for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 2
    assert answers[1]["Idempotent-Replayed"] == "true"
    lost = [api.post(PATH, {"ids": [world.bob.pk]}, Idempotency_Key="again") for _ in range(2)]
    assert [answer.status_code for answer in lost] == [404, 404]
    assert lost[0].content == lost[1].content


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ("ids", "missing")),
        ({"ids": []}, ("ids", "empty array")),
        ({"ids": "abc"}, ("ids", "not a list")),
        ({"ids": None}, ("ids", "not a list")),
        ({"ids": {"a": 1}}, ("ids", "not a list")),
        ({"ids": ["a", 1]}, ("ids.1", "not a string")),
        ({"ids": [["a"]]}, ("ids.0", "not a string")),
        ({"ids": [f"{n:016x}" for n in range(1001)]}, ("ids", "array exceeds 1000 elements")),
        ({"ids": ["a"], "force": True}, ("force", "unknown field")),
    ],
)
def test_what_is_no_list_of_ids_is_refused(api: Caller, body: Any, expected: tuple[str, str]) -> None:
    assert violations(api.post(PATH, body)) == [expected]


def test_the_last_administrator_stays_and_so_does_everybody_else(world: World, api: Caller) -> None:
    there = api.at(world.acme.admin_realm)
    helper = join(world.ctx, world.acme.admin_realm, "hal", "Hal Helper", "acme.test")
    body = read(there.post(PATH, {"ids": [helper.pk, world.ada.pk]}), 409)
    assert body == {
        "code": "conflict",
        "message": "would_lock_out",
        "details": [{"type": "WouldLockOut", "identity_ids": [world.ada.pk]}],
    }
    assert Identity.objects.filter(pk__in=[helper.pk, world.ada.pk]).count() == 2
    event = record.last(world.acme.admin_realm, EventType.IDENTITY_CHANGE)
    assert (event.outcome, {target["id"] for target in event.targets}) == (
        "WOULD_LOCK_OUT",
        {helper.pk, world.ada.pk},
    )
    groups.add_members(world.ctx, Group.objects.get(realm=world.acme.admin_realm), [helper.pk])
    assert there.post(PATH, {"ids": [world.ada.pk]}).status_code == 200


def test_administrators_do_not_delete_themselves_among_others(world: World, client: Client) -> None:
    second = join(world.ctx, world.acme.admin_realm, "hal", "Hal Helper", "acme.test")
    groups.add_members(world.ctx, Group.objects.get(realm=world.acme.admin_realm), [second.pk])
    passkey = ceremonies.give_passkey(world, world.ada)
    tokens = ceremonies.tokens_for(
        world.visitor, ceremonies.client_of(world, world.acme.console), passkey, scope="openid identities:delete"
    )
    ada = Caller(client, tokens["access_token"], world.acme.admin_realm)
    extra = join(world.ctx, world.acme.admin_realm, "ivy", "Ivy", "acme.test")
    assert read(ada.post(PATH, {"ids": [extra.pk, world.ada.pk]}), 403)["code"] == "forbidden"
    assert Identity.objects.filter(pk=extra.pk).exists()
    assert ada.post(PATH, {"ids": [extra.pk]}).status_code == 200


def test_a_thousand_go_in_one_transaction(world: World, api: Caller) -> None:
    sample = Identity.objects.get(pk=world.bob.pk)
    people = []
    for number in range(1000):
        sample.pk, sample.username_key, sample.search_key = ids.short_id(), f"p{number}", f"p{number}"
        people.append(Identity(**{field.attname: getattr(sample, field.attname) for field in Identity._meta.fields}))
    Identity.objects.bulk_create(people)
    assert api.post(PATH, {"ids": [person.pk for person in people]}).status_code == 200
    assert left(world) == 3
    assert len([e for e in record.events(world.realm, EventType.IDENTITY_CHANGE) if e.data.get("batch_size")]) == 1000


@pytest.mark.django_db(transaction=True)
def test_of_two_batches_that_share_somebody_one_wins() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    people = everybody(world)

    def delete(chosen: list[str]) -> Any:
        return lambda: Caller(Client(), token, world.realm).post(PATH, {"ids": chosen}).status_code

    finish = race(delete(people[:2]), delete(people[1:]), delete(people[::-1]))
    assert sorted(finish.won) == [200, 404, 404]
    assert left(world) in (0, 1)
