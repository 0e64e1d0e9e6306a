"""R/batch-credential-binding-jobs (contract/wire.md §1.2 "Added later", extensions.md §5)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.core import ids, secrets
from apps.core.times import rfc3339
from apps.credentials import tasks
from apps.credentials.models import BatchCredentialBindingJob, BatchResult, CredentialBindingJob
from apps.credentials.services import batches
from apps.credentials.services.jobs import JobWithLink
from apps.events.types import EventType
from apps.realms.models import OutgoingMail
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.faces.api.caller import Caller, missing, read, violations
from tests.racing import race
from tests.world import World, build

PATH = "/batch-credential-binding-jobs"


def asked(world: World, **changes: Any) -> dict[str, Any]:
    given = {
        "identity_ids": [world.bob.pk, world.acme.customers.carol.pk],
        "delivery_method": "RETURN",
        "authenticator_config_id": str(world.acme.customers.config.pk),
        **changes,
    }
    return {"job": {name: value for name, value in given.items() if value is not ...}}


def begin(world: World, api: Caller, **changes: Any) -> dict[str, Any]:
    return read(api.post(PATH, asked(world, **changes)))


def work() -> None:
    """Until nothing is left that could be done now."""
    while tasks.run_waiting_batches():
        pass


def results(api: Caller, batch_id: str, **query: Any) -> list[dict[str, Any]]:
    return read(api.get(f"{PATH}/{batch_id}:listResults", **query))["results"]


def progress(api: Caller, batch_id: str) -> tuple[str, list[int]]:
    body = read(api.get(f"{PATH}/{batch_id}"))
    return body["state"], [body["progress"][name] for name in ("total", "succeeded", "failed", "pending")]


# --- from request to links ----------------------------------------------------------------------------------------------
def test_a_batch_answers_at_once_and_runs(world: World, api: Caller) -> None:
    body = begin(world, api, post_binding_redirect_uri="https://acme.test/done", expires_after=600)
    row = BatchCredentialBindingJob.objects.get()
    expected = {
        "id": row.pk,
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "authenticator_config_id": str(world.acme.customers.config.pk),
        "delivery_method": "RETURN",
        "state": "RUNNING",
        "post_binding_redirect_uri": "https://acme.test/done",
        "expires_after": 600,
        "progress": {"total": 2, "succeeded": 0, "failed": 0, "pending": 2},
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.created_at),
    }
    assert body == expected
    response = api.get(f"{PATH}/{row.pk}")
    assert read(response) == expected
    assert api.call("GET", f"{PATH}/{row.pk}", If_None_Match=response["ETag"]).status_code == 304
    assert results(api, row.pk) == [
        {"identity_id": person.pk, "state": "PENDING"} for person in (world.bob, world.acme.customers.carol)
    ]
    assert not CredentialBindingJob.objects.filter(realm=world.realm).exists()


def test_the_worker_makes_a_job_for_each_and_its_link_binds_a_passkey(world: World, api: Caller) -> None:
    batch = begin(world, api, expires_after=600)
    work()
    assert progress(api, batch["id"]) == ("SUCCESS", [2, 2, 0, 0])
    assert "finish_time" in read(api.get(f"{PATH}/{batch['id']}"))
    bobs, carols = results(api, batch["id"])
    job = CredentialBindingJob.objects.get(pk=bobs["credential_binding_job_id"])
    assert bobs["state"] == carols["state"] == "SUCCEEDED"
    assert (job.identity_id, job.expires_at - job.created_at) == (world.bob.pk, timedelta(minutes=10))
    ceremonies.bind(world.visitor, JobWithLink(job, bobs["credential_binding_link"]), SoftPasskey())
    bobs, carols = results(api, batch["id"])
    assert "credential_binding_link" not in bobs
    assert "credential_binding_link" in carols


def test_links_are_for_tokens_that_may_invite(world: World, api: Caller) -> None:
    batch = begin(world, api)
    work()
    reader = replace(
        api, token=ceremonies.management_token(world.ctx, world.acme, scope="credential-binding-jobs:read")
    )
    shown = results(reader, batch["id"])
    assert [(each["state"], "credential_binding_link" in each) for each in shown] == [("SUCCEEDED", False)] * 2


def test_a_link_stands_nowhere_in_clear_and_is_forgotten_when_it_is_over(world: World, api: Caller) -> None:
    batch = begin(world, api, expires_after=600)
    work()
    token = ceremonies.token_of(results(api, batch["id"])[0]["credential_binding_link"])
    for row in BatchResult.objects.all():
        assert token.encode() not in bytes(row.sealed_link)
    assert tasks.forget_links() == 0
    with time_machine.travel(timedelta(minutes=11)):
        assert ["credential_binding_link" in each for each in results(api, batch["id"])] == [False] * 2
        assert tasks.forget_links() == 2
    assert {bytes(row.sealed_link) for row in BatchResult.objects.all()} == {b""}


def test_mailed_links_are_for_their_readers_alone(world: World, api: Caller) -> None:
    world.acme.customers.carol.primary_email_address = ""
    world.acme.customers.carol.save()
    batch = begin(world, api, delivery_method="EMAIL")
    work()
    assert progress(api, batch["id"]) == ("PARTIAL_SUCCESS", [2, 1, 1, 0])
    bobs, carols = results(api, batch["id"])
    assert sorted(bobs) == ["credential_binding_job_id", "identity_id", "state"]
    assert carols == {
        "identity_id": world.acme.customers.carol.pk,
        "state": "FAILED",
        "error": {"code": "unprocessable_entity", "message": "Identity missing email address"},
    }
    (mail,) = OutgoingMail.objects.all()
    assert (mail.recipient, mail.about_id) == ("bob@acme.test", bobs["credential_binding_job_id"])


def test_an_identity_of_elsewhere_fails_like_one_of_nowhere(world: World, api: Caller) -> None:
    strangers = [world.acme.staff.bob.pk, world.evil.customers.bob.pk, ids.short_id()]
    batch = begin(world, api, identity_ids=strangers)
    work()
    assert progress(api, batch["id"]) == ("FAILED", [3, 0, 3, 0])
    error = {"code": "not_found", "message": "identity not found"}
    assert results(api, batch["id"]) == [{"identity_id": each, "state": "FAILED", "error": error} for each in strangers]
    assert not CredentialBindingJob.objects.filter(identity_id__in=strangers).exists()


def test_an_id_given_twice_is_invited_once(world: World, api: Caller) -> None:
    batch = begin(world, api, identity_ids=[world.bob.pk] * 5)
    work()
    assert progress(api, batch["id"]) == ("SUCCESS", [1, 1, 0, 0])


def test_each_step_is_told_in_the_name_of_who_asked(world: World, api: Caller) -> None:
    response = api.post(
        PATH, asked(world, identity_ids=[world.bob.pk, ids.short_id()]), X_Correlation_Id="new-starters"
    )
    work()
    told = record.events(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE, correlation_id="new-starters")
    assert [(event.data["action"], event.outcome) for event in told] == [
        ("CREATE_BATCH", "SUCCESS"),
        ("CREATE", "SUCCESS"),
        ("CREATE", "NOT_FOUND"),
        ("COMPLETE_BATCH", "SUCCESS"),
    ]
    assert {(event.actor_type, event.actor_id) for event in told} == {
        ("application", str(world.acme.management_api.pk))
    }
    assert told[1].data["batch_id"] == told[0].targets[0]["id"] == read(response)["id"]
    assert told[3].data["changes"] == {"state": ["RUNNING", "PARTIAL_SUCCESS"]}


# --- lists --------------------------------------------------------------------------------------------------------------
def test_batches_and_results_are_walked_in_pages(world: World, api: Caller, django_assert_num_queries: Any) -> None:
    made = [begin(world, api)["id"] for _ in range(3)]
    with django_assert_num_queries(3):
        first = read(api.get(PATH, page_size=2))
    rest = read(api.get(PATH, page_size=2, page_token=first["next_page_token"]))
    names = [each["id"] for each in first["batch_credential_binding_jobs"] + rest["batch_credential_binding_jobs"]]
    assert (names, first["total_size"]) == (made, 3)
    work()
    with django_assert_num_queries(4):
        first = read(api.get(f"{PATH}/{made[0]}:listResults", page_size=1))
    rest = read(api.get(f"{PATH}/{made[0]}:listResults", page_size=1, page_token=first["next_page_token"]))
    wanted = [each["identity_id"] for each in first["results"] + rest["results"]]
    assert (wanted, rest["total_size"]) == ([world.bob.pk, world.acme.customers.carol.pk], 2)


def test_a_batch_of_another_realm_is_unknown(world: World, api: Caller) -> None:
    there = ceremonies.invite_many(world, world.acme.staff, [world.acme.staff.bob.pk]).pk
    for path in (f"{PATH}/{there}", f"{PATH}/{there}:listResults"):
        assert read(api.get(path), 404) == missing("batch credential binding job", "BatchCredentialBindingJob", there)
    assert read(api.get(PATH))["total_size"] == 0


# --- bad input ----------------------------------------------------------------------------------------------------------
MANY = [f"{number:016x}" for number in range(1001)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"identity_ids": ...}, [("job.identity_ids", "missing")]),
        ({"identity_ids": []}, [("job.identity_ids", "empty array")]),
        ({"identity_ids": "all"}, [("job.identity_ids", "not a list")]),
        ({"identity_ids": None}, [("job.identity_ids", "not a list")]),
        ({"identity_ids": MANY}, [("job.identity_ids", "array exceeds 1000 elements")]),
        ({"identity_ids": ["-", 5, None, "x" * 99, "é"]}, [(f"job.identity_ids.{n}", "not an id") for n in range(5)]),
        ({"delivery_method": "PIGEON"}, [("job.delivery_method", "must be RETURN or EMAIL")]),
        ({"delivery_method": ...}, [("job.delivery_method", "missing")]),
        ({"expires_after": 1}, [("job.expires_after", "must be 300 to 2592000 seconds")]),
        ({"authenticator_config_id": str(ids.uuid7())}, [("job.authenticator_config_id", "not found")]),
        ({"color": "red"}, [("job.color", "unknown field")]),
        (
            {"identity_ids": [], "delivery_method": 5},
            [("job.delivery_method", "not a string"), ("job.identity_ids", "empty array")],
        ),
    ],
)
def test_what_is_wrong_with_a_batch_is_said(
    world: World, api: Caller, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert violations(api.post(PATH, asked(world, **changes))) == expected
    assert not BatchCredentialBindingJob.objects.exists()


def test_a_config_of_another_realm_is_none(world: World, api: Caller) -> None:
    for place in (world.acme.staff, world.evil.customers):
        body = asked(world, authenticator_config_id=str(place.config.pk))
        assert violations(api.post(PATH, body)) == [("job.authenticator_config_id", "not found")]


def test_the_queue_is_full_with_ten(world: World, api: Caller) -> None:
    for _ in range(batches.RUNNING_AT_ONCE):
        begin(world, api)
    response = api.post(PATH, asked(world))
    assert read(response, 429) == {"code": "too_many_requests", "message": "the queue is full"}
    assert response["Retry-After"] == "30"
    assert record.last(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE).outcome == "TOO_MANY_REQUESTS"
    body = {"job": {**asked(world)["job"], "authenticator_config_id": str(world.acme.staff.config.pk)}}
    assert api.at(world.acme.staff.realm).post(PATH, body).status_code == 200
    work()
    begin(world, api)


def test_the_same_key_begins_one_batch(world: World, api: Caller) -> None:
    first, again = (api.post(PATH, asked(world), Idempotency_Key="monday") for _ in range(2))
    assert first.content == again.content
    assert BatchCredentialBindingJob.objects.count() == 1


# --- workers that die, or meet ------------------------------------------------------------------------------------------
def test_a_dead_workers_batch_is_taken_up_where_it_stopped(
    world: World, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = begin(world, api)
    seal, sealed = secrets.seal, []

    def dies_at_the_second(plaintext: bytes, purpose: str) -> bytes:
        sealed.append(purpose)
        if len(sealed) == 2:
            raise KeyboardInterrupt
        return seal(plaintext, purpose)

    monkeypatch.setattr(secrets, "seal", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        tasks.run_waiting_batches()
    assert progress(api, batch["id"]) == ("RUNNING", [2, 1, 0, 1])
    assert tasks.run_waiting_batches() == 0, "its claim still stands"
    with time_machine.travel(batches.LEASE + timedelta(seconds=1)):
        work()
    assert progress(api, batch["id"]) == ("SUCCESS", [2, 2, 0, 0])
    assert CredentialBindingJob.objects.filter(realm=world.realm).count() == 2


def test_a_bug_fails_one_and_spares_the_rest(world: World, api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = begin(world, api)
    seal = secrets.seal

    def breaks_once(plaintext: bytes, purpose: str) -> bytes:
        monkeypatch.setattr(secrets, "seal", seal)
        raise RuntimeError("a bug")

    monkeypatch.setattr(secrets, "seal", breaks_once)
    work()
    assert progress(api, batch["id"]) == ("PARTIAL_SUCCESS", [2, 1, 1, 0])
    error = {"code": "internal_server_error", "message": "internal server error"}
    assert results(api, batch["id"])[0]["error"] == error
    assert CredentialBindingJob.objects.filter(realm=world.realm).count() == 1


def test_a_long_batch_is_done_in_slices(world: World, api: Caller) -> None:
    people = [ids.short_id() for _ in range(batches.SLICE + 3)]
    batch = begin(world, api, identity_ids=[*people, world.bob.pk])
    assert tasks.run_waiting_batches() == 1
    assert progress(api, batch["id"]) == ("RUNNING", [batches.SLICE + 4, 0, batches.SLICE, 4])
    assert tasks.run_waiting_batches() == 0
    assert progress(api, batch["id"]) == ("PARTIAL_SUCCESS", [batches.SLICE + 4, 1, batches.SLICE + 3, 0])


@pytest.mark.django_db(transaction=True)
def test_many_workers_make_one_job_each() -> None:
    world = build()
    people = [person.pk for person in world.acme.customers.people.values()]
    batch = ceremonies.invite_many(world, world.acme.customers, people)
    everywhere = BatchCredentialBindingJob.objects.filter(pk=batch.pk)

    def worker() -> None:
        everywhere.update(next_attempt_at=batch.created_at)  # as if every claim had run out
        tasks.run_waiting_batches()

    race(worker, times=6)
    work()
    assert everywhere.get().state == "SUCCESS"
    assert CredentialBindingJob.objects.filter(identity_id__in=people).count() == len(people)
    told = record.events(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE)
    assert [event.data["action"] for event in told].count("COMPLETE_BATCH") == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_no_more_than_ten_are_let_in() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    for _ in range(batches.RUNNING_AT_ONCE - 2):
        ceremonies.invite_many(world, world.acme.customers, [world.bob.pk])
    ask = lambda: Caller(Client(), token, world.realm).post(PATH, asked(world)).status_code  # noqa: E731
    assert sorted(race(ask, times=6).won) == [200] * 2 + [429] * 4


# --- and the config they name -------------------------------------------------------------------------------------------
def test_a_finished_batch_and_its_closed_jobs_let_go_of_their_config(world: World, api: Caller) -> None:
    made = read(api.post("/authenticator-configs", {"authenticator_config": CONFIG}))
    batch = begin(world, api, authenticator_config_id=made["id"], expires_after=300)
    assert api.delete(f"/authenticator-configs/{made['id']}").status_code == 409
    work()
    assert api.delete(f"/authenticator-configs/{made['id']}").status_code == 409
    bobs, carols = (
        CredentialBindingJob.objects.filter(pk=each["credential_binding_job_id"]) for each in results(api, batch["id"])
    )
    bobs.update(state="REVOKED")
    assert api.delete(f"/authenticator-configs/{made['id']}").status_code == 409
    carols.update(expires_at=world.ctx.now - timedelta(minutes=1))
    assert api.delete(f"/authenticator-configs/{made['id']}").status_code == 200
    assert read(api.get(f"{PATH}/{batch['id']}"))["authenticator_config_id"] == made["id"]
    for job, state in ((bobs.get(), "REVOKED"), (carols.get(), "EXPIRED")):
        shown = read(api.get(f"/identities/{job.identity_id}/credential-binding-jobs/{job.pk}"))
        assert (shown["authenticator_config_id"], shown["state"]) == (made["id"], state)


CONFIG = {
    "display_name": "Second door",
    "config": {
        "type": "hosted_web",
        "authentication_methods": [{"type": "webauthn_passkey", "device_bound": "any"}],
        "trusted_origins": [],
    },
}
