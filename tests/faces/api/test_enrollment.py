"""How far a person is with their first passkey (contract/wire.md §1.4 "Newer")."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.applications.services import resource_servers, roles
from apps.credentials.models import Credential, CredentialBindingJob
from apps.credentials.services import jobs, passkeys
from apps.directory.models import Identity
from tests import ceremonies
from tests.faces.api.caller import Caller, read
from tests.world import World


def status(world: World, api: Caller, identity: Identity | None = None) -> str:
    """As every answer that shows the person says it."""
    wanted = (identity or world.bob).pk
    read(api.post(f"/groups/{world.acme.customers.contractors.pk}:addMembers", {"identity_ids": [wanted]}))
    shown = [read(api.get(f"/identities/{wanted}"))]
    for path in ("/identities", f"/groups/{world.acme.customers.contractors.pk}:listMembers"):
        shown += [each for each in read(api.get(path))["identities"] if each["id"] == wanted]
    shown.append(read(api.patch(f"/identities/{wanted}", {"identity": {}})))
    (found,) = {each["enrollment_status"] for each in shown}
    assert len(shown) == 4
    return found


def mailed(world: World) -> CredentialBindingJob:
    config = world.acme.customers.config
    return jobs.create_job(world.ctx, world.bob, delivery_method="EMAIL", authenticator_config=config).job


def test_nobody_is_enrolled_who_was_only_made(world: World, api: Caller) -> None:
    made = read(api.post("/identities", {"identity": {"traits": {"type": "traits_v0", "username": "new"}}}))
    assert made["enrollment_status"] == "UNENROLLED"
    assert read(api.get(f"/identities/{made['id']}")) == made
    assert status(world, api) == "UNENROLLED"


def test_an_open_invitation_is_pending_until_it_is_over(world: World, api: Caller) -> None:
    job = ceremonies.invite(world, world.bob).job
    assert status(world, api) == "PENDING"
    jobs.open_job(world.ctx, job)
    assert status(world, api) == "PENDING"
    with time_machine.travel(timedelta(days=8)):
        assert status(world, api) == "UNENROLLED"
    jobs.revoke_job(world.ctx, job)
    assert status(world, api) == "UNENROLLED"


def test_a_passkey_that_works_is_enrolled_whatever_else_there_is(world: World, api: Caller) -> None:
    ceremonies.give_passkey(world, world.bob)
    ceremonies.invite(world, world.bob)
    assert status(world, api) == "ENROLLED"
    passkeys.revoke_credential(world.ctx, Credential.objects.get(identity=world.bob))
    assert status(world, api) == "PENDING"
    CredentialBindingJob.objects.filter(identity=world.bob, state="LINK_SENT").delete()
    assert status(world, api) == "UNENROLLED"


def test_the_last_invitation_failed(world: World, api: Caller) -> None:
    CredentialBindingJob.objects.filter(pk=mailed(world).pk).update(state="FAILED_TO_SEND")
    assert status(world, api) == "INVITE_FAILED"
    again = mailed(world)
    assert status(world, api) == "PENDING"
    jobs.revoke_job(world.ctx, again)
    assert status(world, api) == "UNENROLLED"


def test_the_members_of_a_role_show_it_too(world: World, api: Caller) -> None:
    server = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Pets", identifier="https://pets.test", scopes=["pets:read"]
    )
    role = roles.create_role(world.ctx, server, display_name="Keeper")
    path = f"/resource-servers/{server.pk}/roles/{role.pk}"
    read(api.post(f"{path}:addMembers", {"identity_ids": [world.bob.pk]}))
    ceremonies.invite(world, world.bob)
    (shown,) = read(api.get(f"{path}:listMembers"))["identities"]
    assert shown["enrollment_status"] == "PENDING"


def test_it_is_ours_to_say(world: World, api: Caller) -> None:
    body = {"identity": {"enrollment_status": "ENROLLED"}}
    assert read(api.patch(f"/identities/{world.bob.pk}", body))["enrollment_status"] == "UNENROLLED"


@pytest.mark.parametrize("path", ["/identities", "/identities/{}"])
def test_it_costs_no_statement(world: World, api: Caller, path: str, django_assert_num_queries: Any) -> None:
    for person in world.acme.customers.people.values():
        ceremonies.give_passkey(world, person)
        ceremonies.invite(world, person)
    api.get("/identities")
    with django_assert_num_queries(3):
        api.get(path.format(world.bob.pk))


def test_a_change_of_it_is_a_new_version(world: World, api: Caller) -> None:
    before = api.get(f"/identities/{world.bob.pk}")["ETag"]
    ceremonies.invite(world, world.bob)
    response = api.call("GET", f"/identities/{world.bob.pk}", If_None_Match=before)
    assert (response.status_code, response["ETag"] != before) == (200, True)
