"""Nobody hands on more of the management API than they hold (apps/applications/authority.py)."""

from dataclasses import replace
from typing import Any

import pytest

from apps.applications import selectors
from apps.applications.authority import BeyondOwnScopes
from apps.applications.models import AccessToken, Application, Grant, ResourceServer, Role, RoleMembership
from apps.applications.services import applications, resource_servers, roles
from apps.credentials.models import Credential, CredentialBindingJob
from apps.directory.models import Group, GroupMembership, Identity
from apps.directory.services import groups
from apps.events.types import EventType
from apps.tokens.services import revocation
from tests import ceremonies, record
from tests.faces.api.caller import Caller, read
from tests.world import World, acting_as, join

NARROW = (
    "applications:create applications:read applications:update roles:create roles:update resource-servers:read "
    "groups:read identities:read"
)


@pytest.fixture
def maker(world: World, api: Caller) -> Caller:
    """A client at the admin realm that may make applications and roles, and not delete people."""
    token = ceremonies.management_token(world.ctx, world.acme, scope=NARROW)
    return replace(api, token=token, realm=world.acme.admin_realm)


def server(world: World) -> ResourceServer:
    return ResourceServer.objects.get(realm=world.acme.admin_realm, is_managed=True)


def machine(world: World, *scopes: str) -> dict[str, Any]:
    return {
        "application": {
            "display_name": "Robot",
            "resource_server_id": str(server(world).pk),
            "protocol_config": {
                "type": "oauth2",
                "grant_type": ["client_credentials"],
                "allowed_scopes": list(scopes),
                "token_configuration": {"expires_after": 600, "token_signing_algorithm": "ES256"},
            },
        }
    }


def refused(response: Any, *missing: str) -> bool:
    description = f"your own scopes do not include {', '.join(missing)}"
    return read(response, 403) == {
        "code": "forbidden",
        "message": "forbidden",
        "details": [{"type": "BeyondOwnScopes", "description": description, "scopes": list(missing)}],
    }


def test_no_client_makes_one_that_may_do_more(world: World, maker: Caller) -> None:
    wanted = machine(world, "identities:read", "identities:delete", "realms:delete")
    assert refused(maker.post("/applications", wanted), "identities:delete", "realms:delete")
    assert not Application.objects.filter(display_name="Robot").exists()
    assert record.last(world.acme.admin_realm, EventType.APPLICATION_CHANGE).outcome == "BEYOND_OWN_SCOPES"
    made = read(maker.post("/applications", machine(world, "identities:read", "groups:read")))
    assert made["protocol_config"]["allowed_scopes"] == ["identities:read", "groups:read"]


def test_no_client_gives_one_more_than_it_has(world: World, maker: Caller) -> None:
    made = read(maker.post("/applications", machine(world, "identities:read")))
    more = {"application": {"protocol_config": {"allowed_scopes": ["identities:read", "tenants:update"]}}}
    assert refused(maker.patch(f"/applications/{made['id']}", more), "tenants:update")
    stored = Application.objects.get(pk=made["id"])
    assert stored.allowed_scopes == ["identities:read"]


def test_no_client_takes_a_mightier_one_over(world: World, api: Caller, maker: Caller) -> None:
    """By a secret, a key or an address of its own: whoever can act as it has its scopes."""
    there = api.at(world.acme.admin_realm)
    made = read(there.post("/applications", machine(world, "identities:delete")))
    for changes in ({"display_name": "Mine"}, {"protocol_config": {"token_configuration": {"expires_after": 900}}}):
        response = maker.patch(f"/applications/{made['id']}", {"application": changes})
        assert refused(response, "identities:delete")
    assert refused(maker.post(f"/applications/{made['id']}:rotateSecret"), "identities:delete")
    managed = world.acme.management_api.pk
    assert read(maker.post(f"/applications/{managed}:rotateSecret"), 403)["details"][0]["type"] == "BeyondOwnScopes"
    assert there.post(f"/applications/{made['id']}:rotateSecret").status_code == 200


def test_no_client_deletes_a_mightier_one(world: World, api: Caller) -> None:
    there = api.at(world.acme.admin_realm)
    made = read(there.post("/applications", machine(world, "identities:delete")))
    weak = read(there.post("/applications", machine(world, "applications:delete")))
    token = ceremonies.management_token(world.ctx, world.acme, scope="applications:delete applications:read")
    remover = replace(there, token=token)
    assert refused(remover.delete(f"/applications/{made['id']}"), "identities:delete")
    assert Application.objects.filter(pk=made["id"]).exists()
    assert record.last(world.acme.admin_realm, EventType.APPLICATION_CHANGE).outcome == "BEYOND_OWN_SCOPES"
    assert remover.delete(f"/applications/{weak['id']}").status_code == 200
    elsewhere = remover.at(world.realm)
    assert elsewhere.delete(f"/applications/{world.application.pk}").status_code == 200


def test_nobody_gets_around_it_by_two_changes_at_once(world: World) -> None:
    """One gives the application the management API and no scopes, the other, which read it before, scopes of an API of the
    caller's own that are called like ours."""
    realm, ctx = world.acme.admin_realm, world.ctx.holding(frozenset({"realms:read"}))
    own = resource_servers.create_resource_server(
        ctx, realm, display_name="Own", identifier="https://own.test", scopes=["realms:delete"]
    )
    protocol = machine(world)["application"]["protocol_config"]
    made = applications.create_application(
        ctx, realm, display_name="Robot", protocol_config=protocol, resource_server=own
    ).application
    read_before = selectors.get_application(realm, made.pk)
    applications.update_application(ctx, made, resource_server=server(world))
    with pytest.raises(BeyondOwnScopes):
        applications.update_application(ctx, read_before, protocol_config={"allowed_scopes": ["realms:delete"]})
    assert Application.objects.get(pk=made.pk).allowed_scopes == []


def test_scopes_of_other_apis_are_nobodys_power_here(world: World, maker: Caller, api: Caller) -> None:
    body = {"resource_server": {"display_name": "Pets", "identifier": "https://pets.test", "scopes": ["pets:feed"]}}
    pets = read(api.post("/resource-servers", body))
    wanted = machine(world, "pets:feed")
    wanted["application"]["resource_server_id"] = pets["id"]
    assert maker.at(world.realm).post("/applications", wanted).status_code == 200


def test_no_role_gets_a_scope_that_its_maker_lacks(world: World, maker: Caller, api: Caller) -> None:
    path = f"/resource-servers/{server(world).pk}/roles"
    role = read(maker.post(path, {"role": {"display_name": "Helper"}}))
    adding = f"{path}/{role['id']}:addScopes"
    assert refused(maker.post(adding, {"scopes": ["groups:read", "realms:delete"]}), "realms:delete")
    assert Role.objects.get(pk=role["id"]).scopes == []
    assert maker.post(adding, {"scopes": ["groups:read"]}).status_code == 200
    assert api.at(world.acme.admin_realm).post(adding, {"scopes": ["realms:delete"]}).status_code == 200
    assert refused(maker.post(f"{path}/{role['id']}:deleteScopes", {"scopes": ["groups:read"]}), "realms:delete")
    assert Role.objects.get(pk=role["id"]).scopes == ["groups:read", "realms:delete"]
    weak = read(maker.post(path, {"role": {"display_name": "Reader"}}))["id"]
    maker.post(f"{path}/{weak}:addScopes", {"scopes": ["groups:read"]})
    assert maker.post(f"{path}/{weak}:deleteScopes", {"scopes": ["groups:read"]}).status_code == 200


def test_nobody_is_put_into_a_role_that_may_do_more(world: World, maker: Caller, api: Caller) -> None:
    friend = join(world.ctx, world.acme.admin_realm, "fred", "Fred Friend", "acme.test")
    supers = Role.objects.get(resource_server=server(world), is_managed=True)
    path = f"/resource-servers/{server(world).pk}/roles/{supers.pk}:addMembers"
    assert read(maker.post(path, {"identity_ids": [friend.pk]}), 403)["details"][0]["type"] == "BeyondOwnScopes"
    assert not RoleMembership.objects.filter(identity=friend).exists()
    assert api.at(world.acme.admin_realm).post(path, {"identity_ids": [friend.pk]}).status_code == 200


def test_nobody_is_put_into_a_group_whose_roles_may_do_more(world: World, api: Caller) -> None:
    realm = world.acme.admin_realm
    friend = join(world.ctx, realm, "fred", "Fred Friend", "acme.test")
    admins = Group.objects.get(realm=realm, is_managed=True)
    path = f"/groups/{admins.pk}:addMembers"
    token = ceremonies.management_token(world.ctx, world.acme, scope="groups:update identities:read")
    narrow = replace(api, token=token, realm=realm)
    assert read(narrow.post(path, {"identity_ids": [friend.pk]}), 403)["details"][0]["type"] == "BeyondOwnScopes"
    assert not GroupMembership.objects.filter(identity=friend).exists()
    crew = groups.create_group(world.ctx, realm, display_name="Crew")
    assert narrow.post(f"/groups/{crew.pk}:addMembers", {"identity_ids": [friend.pk]}).status_code == 200
    assert api.at(realm).post(path, {"identity_ids": [friend.pk]}).status_code == 200


HELP_DESK = "identities:read identities:update credential-binding-jobs:create credential-binding-jobs:read scim:all"


@pytest.fixture
def help_desk(world: World, api: Caller) -> Caller:
    """May mend people's accounts, those of the admin realm too, and nothing else."""
    token = ceremonies.management_token(world.ctx, world.acme, scope=HELP_DESK)
    return replace(api, token=token, realm=world.acme.admin_realm)


def an_invitation(world: World, **more: Any) -> dict[str, Any]:
    config = str(world.acme.console.authenticator_config_id)
    return {"job": {"delivery_method": "RETURN", "authenticator_config_id": config, **more}}


def test_nobody_gets_a_link_that_makes_them_somebody_mightier(world: World, api: Caller, help_desk: Caller) -> None:
    """Whoever binds a passkey for an administrator is that administrator."""
    path, batches = f"/identities/{world.ada.pk}/credential-binding-jobs", "/batch-credential-binding-jobs"
    before = CredentialBindingJob.objects.filter(identity=world.ada).count()
    several = an_invitation(world, identity_ids=[world.ada.pk, "0" * 16])
    for response in (help_desk.post(path, an_invitation(world)), help_desk.post(batches, several)):
        assert read(response, 403)["details"][0]["type"] == "BeyondOwnScopes"
    assert CredentialBindingJob.objects.filter(identity=world.ada).count() == before
    friend = join(world.ctx, world.acme.admin_realm, "fred", "Fred Friend", "acme.test")
    assert help_desk.post(path.replace(world.ada.pk, friend.pk), an_invitation(world)).status_code == 200
    assert (
        help_desk.at(world.realm)
        .post(
            path.replace(world.ada.pk, world.bob.pk),
            an_invitation(world, authenticator_config_id=str(world.acme.customers.config.pk)),
        )
        .status_code
        == 200
    )
    assert api.at(world.acme.admin_realm).post(path, an_invitation(world)).status_code == 200


@pytest.mark.parametrize(
    "address", ["mallory@evil.test", "ada@acme.te\u017ft"], ids=["another", "one that reads alike"]
)
def test_nobody_has_the_codes_of_somebody_mightier_sent_to_themselves(
    world: World, api: Caller, help_desk: Caller, address: str
) -> None:
    path, traits = f"/identities/{world.ada.pk}", {"type": "traits_v0", "username": world.ada.username}
    stolen = {"identity": {"traits": {**traits, "primary_email_address": address}}}
    assert read(help_desk.patch(path, stolen), 403)["details"][0]["type"] == "BeyondOwnScopes"
    world.ada.refresh_from_db()
    assert world.ada.primary_email_address == "ada@acme.test"
    assert record.last(world.acme.admin_realm, EventType.IDENTITY_CHANGE).outcome == "BEYOND_OWN_SCOPES"
    assert help_desk.patch(path, {"identity": {"display_name": "Ada A."}}).status_code == 200
    assert api.at(world.acme.admin_realm).patch(path, stolen).status_code == 200


MEAN = {
    "suspends": lambda ada, **_: ("patch", f"/identities/{ada}", {"identity": {"status": "suspended"}}),
    "deletes": lambda ada, **_: ("delete", f"/identities/{ada}", None),
    "deletes among others": lambda ada, **_: ("post", "/identities:batchDelete", {"ids": [ada]}),
    "disarms": lambda ada, passkey, **_: ("post", f"/identities/{ada}/credentials/{passkey}:revoke", {}),
    "signs out": lambda session, **_: ("delete", f"/sessions/{session}", None),
    "withdraws the link of": lambda ada, job, **_: ("post", f"/identities/{ada}/credential-binding-jobs/{job}:revoke", {}),
    "takes the group from": lambda ada, group, **_: ("post", f"/groups/{group}:deleteMembers", {"identity_ids": [ada]}),
    "takes the role from": lambda ada, role, **_: (
        "post", f"/resource-servers/{role.resource_server_id}/roles/{role.pk}:deleteMembers", {"identity_ids": [ada]}
    ),
}  # fmt: skip
DIRECTORY = (
    "identities:read identities:update identities:delete groups:read groups:update roles:update "
    "credentials:revoke credential-binding-jobs:create"
)


@pytest.mark.parametrize("deed", MEAN)
def test_nobody_acts_on_who_may_do_more_than_they(world: World, api: Caller, deed: str) -> None:
    """A keeper of the directory is no match for who keeps the tenant, whoever else is left to keep it."""
    realm = world.acme.admin_realm
    second = join(world.ctx, realm, "grace", "Grace Second", "acme.test")
    admins = Group.objects.get(realm=realm, is_managed=True)
    groups.add_members(world.ctx, admins, [second.pk])
    passkey = ceremonies.give_passkey(world, second)
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world, world.acme.console), passkey)
    named = {
        "ada": second.pk, "passkey": Credential.objects.get(identity=second).pk, "group": admins.pk,
        "session": ceremonies.live_sessions(world, second)[0].pk, "job": ceremonies.invite(world, second).job.pk,
        "role": Role.objects.get(realm=realm, is_managed=True),
    }  # fmt: skip
    method, path, body = MEAN[deed](**named)
    token = ceremonies.management_token(world.ctx, world.acme, scope=DIRECTORY)
    keeper = replace(api, token=token, realm=realm)
    before = Identity.objects.values().get(pk=second.pk)
    refusal = keeper.call(method.upper(), path, body)
    assert read(refusal, 403)["details"][0]["type"] == "BeyondOwnScopes"
    assert Identity.objects.values().get(pk=second.pk) == before
    assert ceremonies.live_sessions(world, second)
    assert GroupMembership.objects.filter(identity=second, group=admins).exists()
    friend = join(world.ctx, realm, "fred", "Fred Friend", "acme.test")
    assert keeper.delete(f"/identities/{friend.pk}").status_code == 200


def test_nobody_ends_the_tokens_of_somebody_mightier(world: World) -> None:
    console = ceremonies.client_of(world, world.acme.console)
    ceremonies.tokens_for(world.visitor, console, ceremonies.give_passkey(world, world.ada), scope="openid")
    narrow = acting_as(world.ctx, world.bob).holding(frozenset({"tokens:delete"}))
    token = AccessToken.objects.get(user=world.ada)
    grant = Grant.objects.get(pk=token.grant_id)
    for end in (lambda: revocation.end_grant(narrow, grant), lambda: revocation.end_token(narrow, token)):
        with pytest.raises(BeyondOwnScopes):
            end()
    token.refresh_from_db()
    assert token.revoked_at is None
    revocation.end_grant(acting_as(narrow, world.ada), grant)  # her own
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_an_administrators_own_token_is_bound_by_what_it_was_given(world: World, api: Caller) -> None:
    passkey = ceremonies.give_passkey(world, world.ada)
    asked = "openid applications:create"
    console = ceremonies.client_of(world, world.acme.console)
    given = ceremonies.tokens_for(world.visitor, console, passkey, scope=asked)
    ada = replace(api, token=given["access_token"], realm=world.acme.admin_realm)
    assert refused(ada.post("/applications", machine(world, "realms:read")), "realms:read")


def test_who_is_bound_by_no_scopes_is_not_asked(world: World) -> None:
    """Onboarding, commands, tasks."""
    protocol = machine(world, "realms:delete")["application"]["protocol_config"]
    made = applications.create_application(
        world.ctx, world.acme.admin_realm, display_name="R", protocol_config=protocol, resource_server=server(world)
    )
    assert made.application.allowed_scopes == ["realms:delete"]
    role = roles.create_role(world.ctx, server(world), display_name="Deleter")
    assert roles.add_scopes(world.ctx, role, ["realms:delete"]).scopes == ["realms:delete"]
