"""Lists taken away as files: what their search leaves, of this realm alone, with no formula in it, and on record."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.applications.services import access, roles
from apps.directory import traits
from apps.directory.services import groups, identities
from apps.events.models import Event
from apps.web.held_threads import EXPORTS
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(world: World) -> str:
    return f"/console/realms/{world.realm.pk}"


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer["Content-Disposition"].startswith("attachment; ")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_people_leave_with_their_groups_and_come_back_in_by_the_same_columns(
    ada: Client, here: str, world: World
) -> None:
    given = {"type": "traits_v0", "username": "=HYPERLINK(1)", "primary_phone": "+1 555", "title": '@boss, "q"'}
    odd = identities.create_identity(
        world.ctx, world.realm, display_name="-Odd", traits=traits.parse(given, creating=True)
    )
    groups.add_members(world.ctx, world.acme.customers.contractors, [odd.pk])
    found = {row["id"]: row for row in rows_of(ada.get(f"{here}/identities/export"))}
    assert len(found) == 4
    row = found[odd.pk]
    assert (row["username"], row["display_name"], row["primary_phone"]) == ("'=HYPERLINK(1)", "'-Odd", "'+1 555")
    assert (row["title"], row["groups"], row["status"]) == ('\'@boss, "q"', "Contractors", "active")
    told = Event.objects.get(realm_id=world.realm.pk, type="IDENTITY_CHANGE", data__action="EXPORT")
    assert told.actor_id == world.ada.pk


def test_the_search_and_the_filter_of_the_list_are_those_of_the_file(ada: Client, here: str, world: World) -> None:
    identities.suspend_identity(world.ctx, world.bob)
    page = ada.get(f"{here}/identities?q=acme.test&status=suspended&sort=name").content.decode()
    assert f"{here}/identities/export?q=acme.test&amp;status=suspended" in page
    found = rows_of(ada.get(f"{here}/identities/export", {"q": "acme.test", "status": "suspended"}))
    assert [row["username"] for row in found] == [world.bob.username]
    assert rows_of(ada.get(f"{here}/identities/export", {"q": "nobody at all", "status": "odd"})) == []


def test_groups_leave_with_their_members_and_applications_without_their_secrets(
    ada: Client, here: str, world: World
) -> None:
    found = rows_of(ada.get(f"{here}/groups/export", {"q": "contr"}))
    assert [(row["display_name"], row["members"]) for row in found] == [
        ("Contractors", world.acme.customers.carol.username)
    ]
    told = b"".join(ada.get(f"{here}/applications/export").streaming_content).decode()
    assert world.application.client_id in told
    assert world.acme.customers.client_secret not in told
    assert world.application.client_secret not in told


def test_roles_leave_with_who_holds_them(ada: Client, here: str, world: World) -> None:
    server = access.insert_resource_server(
        world.ctx, world.realm, display_name="Stock", identifier="https://stock.test", scopes=["stock:read"]
    )
    role = access.insert_role(world.ctx, server, display_name="Clerk", scopes=["stock:read"])
    roles.add_members(world.ctx, role, identity_ids=[world.bob.pk], group_ids=[world.acme.customers.contractors.pk])
    assert f"{here}/roles/export?q=cler" in ada.get(f"{here}/roles", {"q": "cler"}).content.decode()
    (row,) = rows_of(ada.get(f"{here}/roles/export", {"q": "cler"}))
    assert (row["display_name"], row["identities"], row["groups"]) == ("Clerk", "bob", "Contractors")
    assert (row["resource_server"], row["scopes"]) == ("https://stock.test", "stock:read")
    assert rows_of(ada.get(f"{here}/roles/export", {"q": "nobody"})) == []
    assert Event.objects.filter(type="ROLE_CHANGE", data__action="EXPORT").count() == 2


def test_resource_servers_leave_with_their_roles(ada: Client, here: str, world: World) -> None:
    server = access.insert_resource_server(
        world.ctx, world.realm, display_name="=Stock", identifier="https://stock.test", scopes=["stock:read"]
    )
    access.insert_role(world.ctx, server, display_name="Clerk", scopes=["stock:read"])
    assert f"{here}/resource-servers/export?q=stoc" in ada.get(f"{here}/resource-servers?q=stoc").content.decode()
    (row,) = rows_of(ada.get(f"{here}/resource-servers/export", {"q": "stoc"}))
    assert (row["display_name"], row["scopes"], row["roles"]) == ("'=Stock", "stock:read", "Clerk")
    told = Event.objects.get(realm_id=world.realm.pk, type="RESOURCE_SERVER_CHANGE", data__action="EXPORT")
    assert told.data["filter"] == {"text": "stoc"}


def test_administrators_leave_with_their_roles_from_the_tenant_alone(
    ada: Client, world: World, clerk: Callable[..., Client]
) -> None:
    page = ada.get("/console/administrators", {"q": "ada"}).content.decode()
    assert 'href="/console/administrators/export?q=ada"' in page
    (row,) = rows_of(ada.get("/console/administrators/export", {"q": "ada"}))
    assert (row["id"], row["roles"]) == (world.ada.pk, "Super Administrators")
    assert not [row for row in rows_of(ada.get("/console/administrators/export")) if "Evil" in row["display_name"]]
    told = Event.objects.filter(type="ROLE_MEMBERSHIP_CHANGE", data__action="EXPORT")
    assert [each.realm_id for each in told] == [world.acme.admin_realm.pk] * 2
    assert clerk("identities:read").get("/console/administrators/export").status_code == 403


def test_who_may_not_see_it_takes_nothing_away(here: str, clerk: Callable[..., Client], eve: Client) -> None:
    clara = clerk("groups:read", "realms:read")
    for list_name in ("identities", "groups", "applications", "roles", "resource-servers"):
        assert clara.get(f"{here}/{list_name}/export").status_code == 403
        assert eve.get(f"{here}/{list_name}/export").status_code == 404
    assert "/groups/export" not in clara.get(f"{here}/groups").content.decode()
    assert not Event.objects.filter(data__action="EXPORT").exists()


def test_a_tenant_has_one_export_at_a_time(ada: Client, here: str, world: World) -> None:
    assert EXPORTS.take(world.acme.tenant.pk)
    assert ada.get(f"{here}/identities/export").status_code == 429
