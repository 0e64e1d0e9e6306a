"""Resource servers and roles at the console: an API, what may be done there, and who may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.models import Application, ResourceServer, Role
from apps.applications.services import access, resource_servers, roles
from apps.applications.services import applications as applications_verbs
from apps.directory.services import groups
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(world: World) -> str:
    return f"/console/realms/{world.realm.pk}"


@pytest.fixture
def server(world: World) -> ResourceServer:
    return resource_servers.create_resource_server(
        world.request,
        world.realm,
        display_name="Invoices",
        identifier="https://api.acme.test",
        scopes=["i:read", "i:pay"],
    )


@pytest.fixture
def role(world: World, server: ResourceServer) -> Role:
    return roles.create_role(world.request, server, display_name="Accountant")


def test_an_api_is_described_and_its_scopes_are_lines(base: str, world: World, ada: Client) -> None:
    assert "No resource servers yet" in ada.get(f"{base}/resource-servers").content.decode()
    given = {"name": "Invoices", "identifier": "https://api.acme.test", "scopes": "i:read\n i:pay  \n"}
    made = ada.post(f"{base}/resource-servers/new", given)
    (server,) = applications.resource_servers_in(world.realm)
    assert made["Location"] == f"{base}/resource-servers/{server.pk}"
    assert server.scopes == ["i:read", "i:pay"]
    again = ada.post(f"{base}/resource-servers/new", given)
    assert again.status_code == 422
    assert "with this identifier" in again.content.decode()
    bad = ada.post(f"{base}/resource-servers/new", {**given, "identifier": "a\x00b", "scopes": 'no"quotes'})
    assert bad.status_code == 422


def test_of_two_who_change_scopes_the_second_sees_both_and_chooses(
    base: str, ada: Client, world: World, role: Role
) -> None:
    roles.add_scopes(world.request, role, ["i:read"])
    here = f"{base}/roles/{role.pk}"
    seen = ada.get(here).context["form"]["seen"].value()
    roles.replace_scopes(world.request, role, ["i:pay"], within=["i:read", "i:pay"])
    late = ada.post(f"{here}/scopes", {"scopes": ["i:read"], "seen": seen})
    assert late.status_code == 409
    form = late.context["form"]
    assert [(each.label, each.stored) for each in form.differences] == [
        ("Given meanwhile", "i:pay"),
        ("Taken meanwhile", "i:read"),
    ]
    assert form["scopes"].value() == ["i:read"]
    assert Role.objects.get(pk=role.pk).scopes == ["i:pay"]
    again = ada.post(f"{here}/scopes", {"scopes": ["i:read"], "seen": form["seen"].value()})
    assert again.status_code == 303
    assert Role.objects.get(pk=role.pk).scopes == ["i:read"]


def test_two_who_gave_the_same_scopes_have_nothing_to_choose(base: str, ada: Client, world: World, role: Role) -> None:
    here = f"{base}/roles/{role.pk}"
    roles.add_scopes(world.request, role, ["i:pay"])
    late = ada.post(f"{here}/scopes", {"scopes": ["i:pay"], "seen": ""})
    assert late.status_code == 409
    assert "nothing left to save" in late.content.decode()


def test_a_scope_that_went_meanwhile_is_named_and_the_rest_stays_checked(
    base: str, ada: Client, world: World, role: Role
) -> None:
    here = f"{base}/roles/{role.pk}"
    answer = ada.post(f"{here}/scopes", {"scopes": ["i:gone", "i:pay"], "seen": ""})
    assert answer.status_code == 422
    assert "i:gone is no scope that you could give any more." in answer.content.decode()
    assert answer.context["form"]["scopes"].value() == ["i:gone", "i:pay"]
    assert ada.get(f"{here}/scopes")["Location"] == here


def test_what_somebody_else_wrote_in_lines_is_shown_whole(base: str, ada: Client, server: ResourceServer) -> None:
    theirs = {"name": "Invoices", "scopes": "i:read\ni:write", "version": server.updated_at.isoformat()}
    here = f"{base}/resource-servers/{server.pk}"
    assert ada.post(here, theirs).status_code == 303
    late = ada.post(here, {**theirs, "scopes": "i:read"})
    assert late.status_code == 409
    assert [(each.label, each.stored) for each in late.context["form"].differences] == [("Scopes", "i:read\ni:write")]


def test_a_scope_taken_away_leaves_its_roles(base: str, ada: Client, world: World, role: Role, server: Any) -> None:
    roles.add_scopes(world.request, role, ["i:pay"])
    here = f"{base}/resource-servers/{server.pk}"
    version = ada.get(here).context["form"]["version"].value()
    saved = ada.post(here, {"name": "Invoices", "scopes": "i:read", "version": version})
    assert saved.status_code in (302, 303)
    role.refresh_from_db()
    assert role.scopes == []
    lost = ada.post(here, {"name": "Mine", "scopes": "i:read", "version": version})
    assert lost.status_code == 409


def test_a_role_gives_what_is_checked(base: str, ada: Client, world: World, role: Role) -> None:
    here = f"{base}/roles/{role.pk}"
    ada.post(f"{here}/scopes", {"scopes": ["i:read", "i:pay"]})
    role.refresh_from_db()
    assert role.scopes == ["i:read", "i:pay"]
    ada.post(f"{here}/scopes", {"scopes": ["i:pay"]})
    role.refresh_from_db()
    assert role.scopes == ["i:pay"]
    ada.post(f"{here}/scopes", {"scopes": ["foreign:scope"]})
    role.refresh_from_db()
    assert role.scopes == ["i:pay"]


def test_groups_and_people_are_found_given_the_role_and_lose_it(
    base: str, ada: Client, world: World, role: Role
) -> None:
    here = f"{base}/roles/{role.pk}"
    finance = groups.create_group(world.request, world.realm, display_name="Bookkeeping")
    offered = ada.get(f"{here}/give", {"q": "bo"}).context["offered"]
    assert [(each["kind"], each["row"].pk) for each in offered] == [("group", finance.pk), ("identity", world.bob.pk)]
    ada.post(f"{here}/give", {"group_id": finance.pk})
    ada.post(f"{here}/give", {"identity_id": world.bob.pk})
    assert list(applications.groups_with(role)) == [finance]
    assert list(applications.identities_with(role)) == [world.bob]
    page = ada.get(here).content.decode()
    assert "Bookkeeping" in page
    ada.post(f"{here}/take", {"identity_id": world.bob.pk})
    assert list(applications.identities_with(role)) == []


def test_nobody_of_elsewhere_is_given_a_role(base: str, ada: Client, world: World, role: Role) -> None:
    for stranger in (world.evil.customers.bob.pk, world.acme.staff.bob.pk):
        assert ada.post(f"{base}/roles/{role.pk}/give", {"identity_id": stranger}).status_code == 404
    assert list(applications.identities_with(role)) == []


def test_what_is_in_use_stays(base: str, ada: Client, world: World, role: Role, server: ResourceServer) -> None:
    assert ada.post(f"{base}/resource-servers/{server.pk}/delete").status_code == 409
    roles.add_scopes(world.request, role, ["i:pay"])
    assert ada.post(f"{base}/roles/{role.pk}/delete").status_code == 409
    roles.remove_scopes(world.request, role, ["i:pay"])
    ada.post(f"{base}/roles/{role.pk}/delete")
    ada.post(f"{base}/resource-servers/{server.pk}/delete")
    assert not ResourceServer.objects.filter(pk=server.pk).exists()


def test_managed_ones_are_shown_and_not_changed(world: World, ada: Client) -> None:
    base = f"/console/realms/{world.acme.admin_realm.pk}"
    (server,) = applications.resource_servers_in(world.acme.admin_realm)
    page = ada.get(f"{base}/resource-servers/{server.pk}").content.decode()
    assert "data-save-bar" not in page
    (role,) = applications.roles_in(world.acme.admin_realm)
    assert "data-save-bar" not in ada.get(f"{base}/roles/{role.pk}").content.decode()
    ada.post(f"{base}/roles/{role.pk}/scopes", {"scopes": []})
    role.refresh_from_db()
    assert role.scopes


def test_who_holds_less_hands_on_less(world: World, clerk: Any) -> None:
    """An administrator of a few scopes makes nobody mightier than themselves."""
    (server,) = applications.resource_servers_in(world.acme.admin_realm)
    strong = roles.create_role(world.request, server, display_name="Strong")
    roles.add_scopes(world.request, strong, ["realms:delete"])
    base = f"/console/realms/{world.acme.admin_realm.pk}/roles/{strong.pk}"
    office = clerk("realms:read", "roles:read", "roles:update", "identities:read", "groups:read")
    offered = dict(office.get(base).context["form"].fields["scopes"].choices)
    assert set(offered) == {"groups:read", "identities:read", "realms:read", "roles:read", "roles:update"}
    office.post(f"{base}/give", {"identity_id": world.acme.administrator.pk})
    assert list(applications.identities_with(strong)) == []


def test_nobody_takes_scopes_from_a_role_or_deletes_an_application_that_may_do_more(
    world: World, clerk: Callable[..., Client]
) -> None:
    realm, server = world.acme.admin_realm, world.acme.console.resource_server
    assert server is not None
    mighty = access.insert_role(world.ctx, server, display_name="Mighty", scopes=["realms:delete", "roles:read"])
    config = {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "allowed_scopes": ["realms:delete"],
        "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
    }
    robot = applications_verbs.create_application(
        world.ctx, realm, display_name="Robot", protocol_config=config, resource_server=server
    ).application
    clara = clerk("realms:read", "roles:read", "roles:update", "applications:read", "applications:delete")
    here = f"/console/realms/{realm.pk}"
    for path, given in (
        (f"roles/{mighty.pk}/scopes", {"scopes": []}),
        (f"applications/{robot.pk}/delete", {"confirmation": "Robot"}),
    ):
        answer = clara.post(f"{here}/{path}", given, follow=True).content.decode()
        assert "realms:delete" in answer, path
    mighty.refresh_from_db()
    assert mighty.scopes == ["realms:delete", "roles:read"]
    assert Application.objects.filter(pk=robot.pk).exists()
