"""R/identities/{i}/credential-binding-jobs (contract/wire.md §1.6, extensions.md §5)."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from apps.core.times import rfc3339
from apps.credentials.models import CredentialBindingJob
from apps.events.types import EventType
from apps.realms.models import OutgoingMail
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.faces.api.caller import Caller, missing, read, violations
from tests.world import World


def asked(world: World, **changes: Any) -> dict[str, Any]:
    given = {"delivery_method": "RETURN", "authenticator_config_id": str(world.acme.customers.config.pk), **changes}
    return {"job": {name: value for name, value in given.items() if value is not ...}}


def jobs_path(world: World, job: str = "") -> str:
    return f"/identities/{world.bob.pk}/credential-binding-jobs{job and '/'}{job}"


def make(world: World, api: Caller, **changes: Any) -> dict[str, Any]:
    return read(api.post(jobs_path(world), asked(world, **changes)))["credential_binding_job"]


def job_json(world: World, job: CredentialBindingJob, **changes: Any) -> dict[str, Any]:
    return {
        "id": job.pk,
        "identity_id": world.bob.pk,
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "authenticator_config_id": str(world.acme.customers.config.pk),
        "delivery_method": "RETURN",
        "state": "LINK_SENT",
        "expire_time": rfc3339(job.created_at + timedelta(days=7)),
        "create_time": rfc3339(job.created_at),
        "update_time": rfc3339(job.updated_at),
        **changes,
    }


# --- create -------------------------------------------------------------------------------------------------------------
def test_return_answers_the_job_and_its_link(world: World, api: Caller) -> None:
    uri = "https://acme.test/done"
    body = read(api.post(jobs_path(world), asked(world, post_binding_redirect_uri=uri)))
    job = CredentialBindingJob.objects.get(realm=world.realm)
    link = body.pop("credential_binding_link")
    assert body == {"credential_binding_job": job_json(world, job, post_binding_redirect_uri=uri)}
    assert urlsplit(link).path == f"{api.base}{jobs_path(world, job.pk)}:invokeAuthenticator"
    assert len(parse_qs(urlsplit(link).query)["token"][0]) == 64
    assert not OutgoingMail.objects.exists()


def test_the_returned_link_opens(world: World, api: Caller) -> None:
    link = read(api.post(jobs_path(world), asked(world)))["credential_binding_link"]
    opened = api.browser.get(link, headers={"Accept": "application/json"})
    assert opened.json()["identity_id"] == world.bob.pk


def test_email_sends_the_link_and_does_not_show_it(world: World, api: Caller) -> None:
    body = read(api.post(jobs_path(world), asked(world, delivery_method="EMAIL")))
    assert body == {
        "credential_binding_job": job_json(
            world, CredentialBindingJob.objects.get(realm=world.realm), delivery_method="EMAIL"
        )
    }
    assert OutgoingMail.objects.get().recipient == "bob@acme.test"


def test_email_to_nowhere_is_unprocessable(world: World, api: Caller) -> None:
    nameless = {"identity": {"traits": {"type": "traits_v0", "username": "nameless"}}}
    identity = read(api.post("/identities", nameless))["id"]
    response = api.post(f"/identities/{identity}/credential-binding-jobs", asked(world, delivery_method="EMAIL"))
    words = "Identity missing email address"
    info = {"type": "ResourceInfo", "resource_type": "Identity", "id": identity, "description": words}
    assert read(response, 422) == {"code": "unprocessable_entity", "message": words, "details": [info]}
    assert record.last(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE).outcome == "UNPROCESSABLE_ENTITY"


def test_create_leaves_its_event_without_the_token(world: World, api: Caller) -> None:
    link = read(api.post(jobs_path(world), asked(world)))["credential_binding_link"]
    event = record.last(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE)
    assert (event.outcome, event.data["action"], event.actor_type) == ("SUCCESS", "CREATE", "application")
    assert event.actor_id == str(world.acme.management_api.pk)
    assert [target["type"] for target in event.targets] == ["identity", "credential_binding_job"]
    assert parse_qs(urlsplit(link).query)["token"][0] not in str(event.data) + str(event.targets)


@pytest.mark.parametrize("seconds", [300, 86_400, 2_592_000])
def test_a_job_lives_as_long_as_is_asked(world: World, api: Caller, seconds: int) -> None:
    job = make(world, api, expires_after=seconds)
    times = [datetime.fromisoformat(job[name]) for name in ("create_time", "expire_time")]
    assert times[1] - times[0] == timedelta(seconds=seconds)


def test_what_we_alone_say_is_ignored_in_a_request(world: World, api: Caller) -> None:
    lies = {"id": "1", "state": "COMPLETE", "credential_id": "1", "identity_id": "1", "expire_time": "1"}
    job = make(world, api, **lies)
    assert (job["state"], job["identity_id"]) == ("LINK_SENT", world.bob.pk)
    assert "credential_id" not in job


LIFE = "must be 300 to 2592000 seconds"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"delivery_method": ...}, [("job.delivery_method", "missing")]),
        ({"delivery_method": ""}, [("job.delivery_method", "empty string")]),
        ({"delivery_method": "return"}, [("job.delivery_method", "must be RETURN or EMAIL")]),
        ({"delivery_method": ["RETURN"]}, [("job.delivery_method", "not a string")]),
        ({"authenticator_config_id": ...}, [("job.authenticator_config_id", "missing")]),
        ({"authenticator_config_id": "67bb0acf12e5c899"}, [("job.authenticator_config_id", "not found")]),
        ({"authenticator_config_id": 7}, [("job.authenticator_config_id", "not a string")]),
        ({"post_binding_redirect_uri": None}, [("job.post_binding_redirect_uri", "not a string")]),
        (
            {"post_binding_redirect_uri": "javascript:alert(1)"},
            [("job.post_binding_redirect_uri", "scheme not allowed")],
        ),
        ({"expires_after": 299}, [("job.expires_after", LIFE)]),
        ({"expires_after": 2_592_001}, [("job.expires_after", LIFE)]),
        ({"expires_after": -1}, [("job.expires_after", LIFE)]),
        ({"expires_after": 10**300}, [("job.expires_after", LIFE)]),
        ({"expires_after": 0}, [("job.expires_after", LIFE)]),
        ({"expires_after": 600.5}, [("job.expires_after", LIFE)]),
        ({"expires_after": True}, [("job.expires_after", LIFE)]),
        ({"expires_after": "600"}, [("job.expires_after", LIFE)]),
        ({"authenticator_type": "web"}, [("job.authenticator_type", "unknown field")]),
        (
            {"authenticator_type": "web", "delivery_method": 1, "authenticator_config_id": ...},
            [
                ("job.authenticator_type", "unknown field"),
                ("job.delivery_method", "not a string"),
                ("job.authenticator_config_id", "missing"),
            ],
        ),
    ],
)
def test_a_bad_job_names_its_fields(
    world: World, api: Caller, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert violations(api.post(jobs_path(world), asked(world, **changes))) == expected
    assert not CredentialBindingJob.objects.filter(realm=world.realm).exists()


def test_a_config_of_elsewhere_is_as_unknown_as_none(world: World, api: Caller) -> None:
    for place in (world.acme.staff, world.evil.customers):
        body = asked(world, authenticator_config_id=str(place.config.pk))
        assert violations(api.post(jobs_path(world), body)) == [("job.authenticator_config_id", "not found")]


@pytest.mark.parametrize("identity_id", ["-", "nobody"])
def test_nobody_cannot_be_invited(world: World, api: Caller, identity_id: str) -> None:
    response = api.post(f"/identities/{identity_id}/credential-binding-jobs", asked(world))
    assert read(response, 404) == missing("identity", "Identity", identity_id)


# --- read ---------------------------------------------------------------------------------------------------------------
def test_one_and_all(world: World, api: Caller) -> None:
    first, second = make(world, api), make(world, api)
    assert read(api.get(jobs_path(world, first["id"]))) == first
    both = {"credential_binding_jobs": [first, second], "total_size": 2}
    assert read(api.get(jobs_path(world))) == both
    assert read(api.get("/identities/-/credential-binding-jobs")) == both
    assert read(api.get(f"/identities/-/credential-binding-jobs/{first['id']}")) == first
    carol = world.acme.customers.carol
    nothing = {"credential_binding_jobs": [], "total_size": 0}
    assert read(api.get(f"/identities/{carol.pk}/credential-binding-jobs")) == nothing


def test_another_persons_job_is_not_found_under_ones_own_name(world: World, api: Caller) -> None:
    job, carol = make(world, api), world.acme.customers.carol
    response = api.get(f"/identities/{carol.pk}/credential-binding-jobs/{job['id']}")
    assert read(response, 404) == missing("credential binding job", "CredentialBindingJob", job["id"])


def test_a_complete_job_names_its_passkey(world: World, api: Caller) -> None:
    invited = ceremonies.invite(world, world.bob)
    credential = ceremonies.bind(world.visitor, invited, SoftPasskey())
    job = read(api.get(jobs_path(world, invited.job.pk)))
    assert (job["state"], job["credential_id"]) == ("COMPLETE", credential.pk)


def test_a_job_past_its_time_is_expired(world: World, api: Caller) -> None:
    job = make(world, api, expires_after=300)
    with time_machine.travel(timedelta(minutes=6), tick=False):
        assert read(api.get(jobs_path(world, job["id"])))["state"] == "EXPIRED"


# --- revoke -------------------------------------------------------------------------------------------------------------
def test_a_revoked_link_is_dead(world: World, api: Caller) -> None:
    made = read(api.post(jobs_path(world), asked(world)))
    job = made["credential_binding_job"]
    revoked = read(api.post(f"{jobs_path(world, job['id'])}:revoke"))
    assert revoked["state"] == "REVOKED"
    assert api.browser.get(made["credential_binding_link"], headers={"Accept": "application/json"}).status_code == 410
    event = record.events(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE)[1]
    assert (event.data["action"], event.data["changes"]) == ("REVOKE", {"state": ["LINK_SENT", "REVOKED"]})
    assert read(api.post(f"{jobs_path(world, job['id'])}:revoke", {}))["state"] == "REVOKED"


def test_what_a_passkey_came_of_cannot_be_revoked(world: World, api: Caller) -> None:
    invited = ceremonies.invite(world, world.bob)
    ceremonies.bind(world.visitor, invited, SoftPasskey())
    body = read(api.post(f"/identities/-/credential-binding-jobs/{invited.job.pk}:revoke"), 409)
    info = {
        "type": "ResourceInfo",
        "resource_type": "CredentialBindingJob",
        "id": invited.job.pk,
        "description": "the job is complete",
    }
    assert body == {"code": "conflict", "message": "the job is complete", "details": [info]}


def test_a_verb_without_a_body_takes_none(world: World, api: Caller) -> None:
    job = make(world, api)
    assert violations(api.post(f"{jobs_path(world, job['id'])}:revoke", {"why": "x"})) == [("why", "unknown field")]
    assert read(api.get(jobs_path(world, job["id"])))["state"] == "LINK_SENT"
