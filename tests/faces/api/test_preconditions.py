"""ETag, If-Match, If-None-Match (RFC 9110 §8.8.3, §13.1; contract/extensions.md §3)."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from apps.directory.models import Identity
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.caller import Caller, read
from tests.waiting import PATIENCE_SECONDS
from tests.world import World, build

LOST = {"code": "precondition_failed", "message": "somebody else changed it meanwhile"}


def name(to: str) -> dict[str, dict[str, str]]:
    return {"identity": {"display_name": to}}


@pytest.fixture
def bob(world: World) -> str:
    return f"/identities/{world.bob.pk}"


def test_every_resource_has_a_tag_and_every_version_its_own(world: World, api: Caller, bob: str) -> None:
    seen = [api.get(bob)["ETag"]]
    assert seen[0] == api.get(bob)["ETag"]
    seen.append(api.patch(bob, name("Robert"))["ETag"])
    assert seen[1] == api.get(bob)["ETag"]
    made = api.post("/identities", {"identity": {"traits": {"type": "traits_v0", "username": "x"}}})
    seen.append(made["ETag"])
    assert made["ETag"] == api.get(f"/identities/{made.json()['id']}")["ETag"]
    assert len(set(seen)) == 3
    assert all(tag.startswith('"') and tag.endswith('"') for tag in seen)


def test_jobs_and_passkeys_have_tags_too(world: World, api: Caller, bob: str) -> None:
    given = {"delivery_method": "RETURN", "authenticator_config_id": str(world.acme.customers.config.pk)}
    made = api.post(f"{bob}/credential-binding-jobs", {"job": given})
    job = f"{bob}/credential-binding-jobs/{made.json()['credential_binding_job']['id']}"
    assert made["ETag"] == api.get(job)["ETag"] != api.post(f"{job}:revoke")["ETag"]
    ceremonies.give_passkey(world, world.bob)
    (credential,) = read(api.get(f"{bob}/credentials"))["credentials"]
    path = f"{bob}/credentials/{credential['id']}"
    assert api.get(path)["ETag"] != api.post(f"{path}:revoke")["ETag"]


def test_if_match_lets_the_reader_of_this_version_write(api: Caller, bob: str) -> None:
    assert api.patch(bob, name("A"), If_Match=api.get(bob)["ETag"]).status_code == 200
    assert api.patch(bob, name("B"), If_Match=f'"other", {api.get(bob)["ETag"]}').status_code == 200
    assert api.patch(bob, name("C"), If_Match="*").status_code == 200
    assert api.delete(bob, If_Match=api.get(bob)["ETag"]).status_code == 200


def test_if_match_refuses_the_reader_of_another_version(world: World, api: Caller, bob: str) -> None:
    old = api.get(bob)["ETag"]
    api.patch(bob, name("A"))
    for tag in (old, f"W/{api.get(bob)['ETag']}", api.get(bob)["ETag"].strip('"'), '"x"', "", "x"):
        assert read(api.patch(bob, name("B"), If_Match=tag), 412) == LOST
        assert read(api.delete(bob, If_Match=tag), 412) == LOST
    assert read(api.get(bob))["display_name"] == "A"
    event = record.last(world.realm, EventType.IDENTITY_CHANGE)
    assert (event.outcome, event.data["action"]) == ("PRECONDITION_FAILED", "DELETE")


def test_a_bad_body_is_told_before_a_lost_race(api: Caller, bob: str) -> None:
    assert api.patch(bob, {"identity": {"x": 1}}, If_Match='"x"').status_code == 400


def test_if_none_match_spares_the_reader_what_he_has(api: Caller, bob: str) -> None:
    tag = api.get(bob)["ETag"]
    for header in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        response = api.call("GET", bob, If_None_Match=header)
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", tag)
    assert read(api.call("GET", bob, If_None_Match='"x"'))["display_name"] == "Bob Baker"
    assert api.call("PATCH", bob, name("A"), If_None_Match="*").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_many_writers_of_one_version_one_wins() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    path = f"/identities/{world.bob.pk}"
    tag = caller(token, world).get(path)["ETag"]

    def write(number: int) -> int:
        return caller(token, world).patch(path, name(f"Writer {number}"), If_Match=tag).status_code

    assert sorted(at_once(8, write)) == [200] + [412] * 7
    assert Identity.objects.get(pk=world.bob.pk).display_name.startswith("Writer")


@pytest.mark.django_db(transaction=True)
def test_of_many_newcomers_with_one_username_one_comes_in() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    given = {"identity": {"traits": {"type": "traits_v0", "username": "Newcomer"}}}
    statuses = at_once(8, lambda _: caller(token, world).post("/identities", given).status_code)
    assert sorted(statuses) == [200] + [409] * 7
    assert Identity.objects.filter(realm=world.realm, username_key="newcomer").count() == 1


def caller(token: str, world: World) -> Caller:
    from django.test import Client

    return Caller(Client(), token, world.realm)


def at_once(count: int, act: Callable[[int], int]) -> list[int]:
    """What each of `count` threads got, all let go at the same moment."""
    barrier, results = threading.Barrier(count), [0] * count

    def run(number: int) -> None:
        try:
            barrier.wait(PATIENCE_SECONDS)
            results[number] = act(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return results
