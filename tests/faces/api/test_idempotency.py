"""Idempotency-Key (contract/extensions.md §3): the same key and request, the same answer and no second effect."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from apps.core.context import system_context
from apps.credentials.models import CredentialBindingJob
from apps.directory.models import Identity
from apps.events.models import Event
from apps.web import idempotency
from apps.web.models import KeptAnswer
from apps.web.tasks import forget_answers
from tests import ceremonies
from tests.faces.api.caller import Caller, read, violations
from tests.faces.api.test_preconditions import at_once, caller
from tests.world import World, build


def person(username: str = "x") -> dict[str, Any]:
    return {"identity": {"traits": {"type": "traits_v0", "username": username}}}


def job(world: World) -> dict[str, Any]:
    return {"job": {"delivery_method": "RETURN", "authenticator_config_id": str(world.acme.customers.config.pk)}}


def test_the_same_request_again_gets_the_same_answer_and_does_nothing(world: World, api: Caller) -> None:
    path = f"/identities/{world.bob.pk}/credential-binding-jobs"
    first = api.post(path, job(world), Idempotency_Key="order-1")
    events = Event.objects.count()
    second = api.post(path, job(world), Idempotency_Key="order-1")
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (second["ETag"], second["Content-Type"]) == (first["ETag"], first["Content-Type"])
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert CredentialBindingJob.objects.filter(realm=world.realm).count() == 1
    assert Event.objects.count() == events


def test_another_request_with_the_key_is_refused(world: World, api: Caller) -> None:
    api.post("/identities", person(), Idempotency_Key="k")
    refusal = {"code": "unprocessable_entity", "message": "this Idempotency-Key was used for another request"}
    assert read(api.post("/identities", person("y"), Idempotency_Key="k"), 422) == refusal
    elsewhere = api.at(world.acme.staff.realm)
    assert read(elsewhere.post("/identities", person(), Idempotency_Key="k"), 422) == refusal
    assert not Identity.objects.filter(username="y").exists()


def test_without_a_key_nothing_is_kept(api: Caller) -> None:
    assert api.post("/identities", person()).status_code == 200
    assert api.post("/identities", person()).status_code == 409
    assert not KeptAnswer.objects.exists()


def test_refusals_are_kept_and_so_are_their_events(world: World, api: Caller) -> None:
    first = read(api.post("/identities", person("bob"), Idempotency_Key="k"), 409)
    events = Event.objects.filter(outcome="CONFLICT").count()
    Identity.objects.get(pk=world.bob.pk).delete()
    assert read(api.post("/identities", person("bob"), Idempotency_Key="k"), 409) == first
    assert events == 1 == Event.objects.filter(outcome="CONFLICT").count()


def test_a_mended_request_may_keep_its_key(api: Caller) -> None:
    assert api.post("/identities", {"identity": {}}, Idempotency_Key="k").status_code == 400
    assert api.post("/identities", b"{", Idempotency_Key="k").status_code == 400
    assert api.post("/identities", person(), Idempotency_Key="k").status_code == 200


def test_a_key_is_ones_own(world: World, api: Caller) -> None:
    """Another application, another person behind the same one, another tenant."""
    path = f"/identities/{world.bob.pk}/credential-binding-jobs"
    first = read(api.post(path, job(world), Idempotency_Key="k"))
    passkey = ceremonies.give_passkey(world, world.ada)
    asked = ceremonies.client_of(world, world.acme.console)
    token = ceremonies.tokens_for(world.visitor, asked, passkey, scope="openid credential-binding-jobs:create")
    ada = Caller(api.browser, token["access_token"], world.realm)
    assert read(ada.post(path, job(world), Idempotency_Key="k")) != first
    eve = Caller(api.browser, ceremonies.management_token(world.ctx, world.evil), world.evil.customers.realm)
    assert eve.post("/identities", person(), Idempotency_Key="k").status_code == 200
    assert KeptAnswer.objects.count() == 3


def test_who_is_not_let_in_learns_of_no_key(world: World, api: Caller) -> None:
    api.post("/identities", person(), Idempotency_Key="k")
    weak = ceremonies.management_token(world.ctx, world.acme, scope="identities:read")
    assert Caller(api.browser, weak, world.realm).post("/identities", person(), Idempotency_Key="k").status_code == 403


def test_a_key_lives_a_day(world: World, api: Caller) -> None:
    path = f"/identities/{world.bob.pk}/credential-binding-jobs"
    first = read(api.post(path, job(world), Idempotency_Key="k"))
    with time_machine.travel(timedelta(hours=23, minutes=59), tick=False):
        assert read(api.post(path, job(world), Idempotency_Key="k")) == first
        assert forget_answers() == 0
    with time_machine.travel(timedelta(hours=24, seconds=1), tick=False):
        assert read(api.post(path, job(world), Idempotency_Key="k")) != first
    with time_machine.travel(timedelta(hours=49), tick=False):
        assert forget_answers() == 1
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_a_key_is_visible_text(api: Caller, key: str) -> None:
    found = violations(api.post("/identities", person(), Idempotency_Key=key))
    assert found == [("Idempotency-Key", "must be 1 to 255 visible characters")]


def test_the_link_does_not_lie_in_clear(world: World, api: Caller) -> None:
    path = f"/identities/{world.bob.pk}/credential-binding-jobs"
    link = read(api.post(path, job(world), Idempotency_Key="secret-key-1"))["credential_binding_link"]
    row = KeptAnswer.objects.values().get()
    stored = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
    for secret in (link, ceremonies.token_of(link), "secret-key-1"):
        assert secret.encode() not in stored


def test_only_post_takes_keys(world: World, api: Caller) -> None:
    for _ in range(2):
        given = {"identity": {"display_name": "B"}}
        assert api.patch(f"/identities/{world.bob.pk}", given, Idempotency_Key="k").status_code == 200
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_acts_and_all_hear_the_same() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    path = f"/identities/{world.bob.pk}/credential-binding-jobs"
    heard: list[bytes] = []

    def ask(_: int) -> int:
        response = caller(token, world).post(path, job(world), Idempotency_Key="k")
        heard.append(response.content)
        return response.status_code

    assert at_once(8, ask) == [200] * 8
    assert len(set(heard)) == 1
    assert CredentialBindingJob.objects.filter(realm=world.realm).count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_dies_in_the_middle_has_done_nothing_and_blocks_nobody() -> None:
    world = build()
    ctx = system_context()
    asked = idempotency.Asked(world.acme.tenant.pk, world.realm.pk, "somebody", "k", b"request")

    def dies() -> idempotency.Answer:
        Identity.objects.filter(pk=world.bob.pk).update(display_name="Changed")
        raise SystemExit

    with pytest.raises(SystemExit):
        idempotency.once(ctx, asked, dies)
    assert Identity.objects.get(pk=world.bob.pk).display_name == "Bob Baker"
    done = idempotency.once(ctx, asked, lambda: idempotency.Answer(200, b"{}"))
    assert (done.status, done.replayed) == (200, False)
    assert connection.in_atomic_block is False
