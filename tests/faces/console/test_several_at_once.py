"""Several things of a list at once: asked about first, each done by the verb of a single one, what could not be is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.models import AccessToken, Application, Grant, ResourceServer, Role
from apps.applications.services import access, roles
from apps.applications.services import applications as applications_verbs
from apps.authentication.models import Session
from apps.core import secrets
from apps.credentials import selectors as credentials
from apps.directory.models import Group
from apps.directory.services import groups
from apps.events.models import Event
from apps.tokens.services import named_tokens
from apps.web import cookies
from tests import ceremonies
from tests.words import words_of
from tests.world import World

pytestmark = pytest.mark.django_db


def base(world: World, path: str) -> str:
    return f"/console/realms/{world.realm.pk}/{path}"


def told(world: World, kind: str, action: str, **which: Any) -> list[Event]:
    return list(Event.objects.filter(type=kind, data__action=action, actor_id=world.ada.pk, **which))


@pytest.fixture
def teams(world: World) -> list[Group]:
    return [groups.create_group(world.ctx, world.realm, display_name=name) for name in ("North", "South", "West")]


def test_groups_are_deleted_when_a_word_was_typed_and_those_with_members_stay(
    ada: Client, world: World, teams: list[Group]
) -> None:
    groups.add_members(world.ctx, teams[2], [world.bob.pk])
    named = [group.pk for group in teams]
    page = ada.get(base(world, "groups/bulk"), {"action": "delete", "id": named}).content.decode()
    assert "Delete 3 groups?" in page
    assert "delete 3" in page
    asked = {"action": "delete", "ids": ",".join(named), "confirmation": "delete 2"}
    assert ada.post(base(world, "groups/bulk"), asked).status_code == 422
    assert not told(world, "GROUP_CHANGE", "DELETE")
    answer = ada.post(base(world, "groups/bulk"), {**asked, "confirmation": "delete 3"})
    assert answer.status_code == 200
    assert "2 groups are deleted." in answer.content.decode()
    assert "West" in answer.content.decode()
    assert set(Group.objects.filter(pk__in=named)) == {teams[2]}
    assert [each.outcome for each in told(world, "GROUP_CHANGE", "DELETE")].count("SUCCESS") == 2
    assert len(told(world, "GROUP_CHANGE", "DELETE")) == 3, "a refusal is on record too"
    again = ada.post(base(world, "groups/bulk"), {**asked, "ids": ",".join(named[:2]), "confirmation": "delete 2"})
    assert again.status_code == 303, "there is nothing left to select"


def test_a_role_is_given_to_groups_and_taken_back_from_those_it_was_given_to(
    ada: Client, world: World, teams: list[Group]
) -> None:
    server = access.insert_resource_server(
        world.ctx, world.realm, display_name="Stock", identifier="https://stock.test", scopes=["stock:read"]
    )
    role = access.insert_role(world.ctx, server, display_name="Clerk", scopes=["stock:read"])
    roles.add_members(world.ctx, role, group_ids=[teams[0].pk])
    asked = {"action": "role", "ids": ",".join(group.pk for group in teams), "role": role.pk}
    page = ada.post(base(world, "groups/bulk"), asked, follow=True).content.decode()
    assert "2 groups hold the role now." in page
    assert set(applications.groups_with(role)) == set(teams)
    assert f'value="{teams[1].pk},{teams[2].pk}"' in page
    taken = ada.post(base(world, f"roles/{role.pk}/take"), {"group_id": f"{teams[1].pk},{teams[2].pk}"})
    assert taken.status_code == 303
    assert set(applications.groups_with(role)) == {teams[0]}
    assert ada.post(base(world, "groups/bulk"), {**asked, "role": "0" * 16}).status_code == 422


def test_applications_are_deleted_but_for_those_that_came_with_the_tenant(ada: Client, world: World) -> None:
    realm = world.acme.admin_realm
    machine = {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_basic",
    }
    rows = [
        applications_verbs.create_application(world.ctx, realm, display_name=name, protocol_config=machine).application
        for name in ("One", "Two")
    ]
    here = f"/console/realms/{realm.pk}/applications"
    page = ada.get(here).content.decode()
    assert f'value="{rows[0].pk}"' in page
    assert f'value="{world.acme.management_api.pk}"' not in page
    named = ",".join(str(each.pk) for each in [*rows, world.acme.management_api])
    answer = ada.post(f"{here}/bulk", {"action": "delete", "ids": named, "confirmation": "delete 2"})
    assert answer.status_code == 303
    assert not Application.objects.filter(pk__in=[each.pk for each in rows]).exists()
    assert Application.objects.filter(pk=world.acme.management_api.pk).exists()


def test_roles_and_resource_servers_are_deleted_but_for_those_that_somebody_needs(ada: Client, world: World) -> None:
    idle, used = (
        access.insert_resource_server(
            world.ctx, world.realm, display_name=name, identifier=f"https://{name}.test", scopes=["stock:read"]
        )
        for name in ("idle", "used")
    )
    empty = access.insert_role(world.ctx, used, display_name="Empty", scopes=[])
    giving = access.insert_role(world.ctx, used, display_name="Giving", scopes=["stock:read"])
    foreign = access.insert_role(world.ctx, world.acme.console.resource_server, display_name="Elsewhere", scopes=[])
    named = ",".join([empty.pk, giving.pk, foreign.pk])
    answer = ada.post(base(world, "roles/bulk"), {"action": "delete", "ids": named, "confirmation": "delete 2"})
    assert "1 role is deleted." in answer.content.decode()
    assert "The role still gives scopes, or somebody holds it." in answer.content.decode()
    assert set(Role.objects.filter(pk__in=named.split(","))) == {giving, foreign}
    named = f"{idle.pk},{used.pk}"
    answer = ada.post(
        base(world, "resource-servers/bulk"), {"action": "delete", "ids": named, "confirmation": "delete 2"}
    )
    assert "1 resource server is deleted." in answer.content.decode()
    assert list(ResourceServer.objects.filter(pk__in=[idle.pk, used.pk])) == [used]
    assert {each.outcome for each in told(world, "ROLE_CHANGE", "DELETE")} == {"SUCCESS", "CONFLICT"}
    assert {each.outcome for each in told(world, "RESOURCE_SERVER_CHANGE", "DELETE")} == {"SUCCESS", "CONFLICT"}
    for path, which in (("roles", giving.pk), ("resource-servers", str(used.pk))):
        assert f'name="id" value="{which}"' in ada.get(base(world, path)).content.decode()
    managed = f"/console/realms/{world.acme.admin_realm.pk}"
    assert (
        f'value="{world.acme.console.resource_server_id}"'
        not in ada.get(f"{managed}/resource-servers").content.decode()
    )


def test_tokens_are_revoked_and_one_of_another_application_is_not(ada: Client, world: World) -> None:
    asked: dict[str, Any] = {"scopes": ["identities:read"], "expires_after": 3600}
    mine = [
        named_tokens.create_token(world.request, world.acme.management_api, display_name=name, **asked)
        for name in ("Import", "Export")
    ]
    other = named_tokens.create_token(world.request, world.evil.management_api, display_name="Evil", **asked)
    here = f"/console/realms/{world.acme.admin_realm.pk}/applications/{world.acme.management_api.pk}/tokens"
    named = ",".join([*(each.jti for each in mine), other.jti])
    assert "Evil" not in words_of(ada.get(f"{here}/bulk", {"action": "revoke", "ids": named}))
    assert ada.post(f"{here}/bulk", {"action": "revoke", "ids": named}).status_code == 303
    assert not AccessToken.objects.filter(jti__in=[each.jti for each in mine], revoked_at=None).exists()
    assert AccessToken.objects.get(jti=other.jti).revoked_at is None
    assert len(told(world, "TOKEN_CHANGE", "REVOKE")) == 2


def test_a_persons_passkeys_sessions_and_links_are_ended_and_sign_ins_to_an_application(
    ada: Client, world: World
) -> None:
    for _ in range(2):
        ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))
    grants = base(world, f"applications/{world.application.pk}/sessions/bulk")
    given = ",".join(str(pk) for pk in Grant.objects.filter(user=world.bob).values_list("pk", flat=True))
    assert ada.post(grants, {"action": "end", "ids": given}).status_code == 303
    assert not Grant.objects.filter(user=world.bob, revoked_at=None).exists()
    assert len(told(world, "TOKEN_CHANGE", "FAMILY_REVOKE")) == 2
    links = [ceremonies.invite(world, world.bob).job.pk for _ in range(2)]
    here = base(world, f"identities/{world.bob.pk}")
    page = ada.get(here).content.decode()
    passkeys = [each.pk for each in credentials.active_credentials_of(world.bob)]
    browsers = [str(each.pk) for each in ceremonies.live_sessions(world, world.bob)]
    for pk in (*links, *passkeys, *browsers):
        assert f'name="id" value="{pk}"' in page
    for action, ids, kind, one in (
        ("links", links, "CREDENTIAL_BINDING_JOB_CHANGE", "REVOKE"),
        ("sessions", browsers, "SESSION_CHANGE", "END"),
        ("passkeys", passkeys, "CREDENTIAL_CHANGE", "REVOKE"),
    ):
        assert ada.get(f"{here}/bulk", {"action": action, "id": ids}).status_code == 200
        assert ada.post(f"{here}/bulk", {"action": action, "ids": ",".join(ids)}).status_code == 303
        assert len(told(world, kind, one)) == 2, action
    assert not credentials.active_credentials_of(world.bob).exists()
    assert not ceremonies.live_sessions(world, world.bob)


def test_what_is_grave_wants_the_passkey_and_every_act_its_right(
    ada: Client, world: World, teams: list[Group], clerk: Callable[..., Client]
) -> None:
    clara = clerk("groups:read", "identities:read", "applications:read", "tokens:read", "credentials:read")
    here = base(world, f"identities/{world.bob.pk}/bulk")
    for path, action in (
        (base(world, "groups/bulk"), "delete"), (base(world, "groups/bulk"), "role"),
        (base(world, "roles/bulk"), "delete"), (base(world, "resource-servers/bulk"), "delete"),
        ("/console/administrators/bulk", "remove"), ("/console/administrators/bulk", "role"),
        (base(world, "applications/bulk"), "delete"), (here, "passkeys"), (here, "sessions"), (here, "links"),
        (base(world, f"applications/{world.application.pk}/sessions/bulk"), "end"),
    ):  # fmt: skip
        assert clara.get(path, {"action": action, "id": teams[0].pk}).status_code == 403, (path, action)
    session = Session.objects.get(token_digest=secrets.digest(ada.cookies[cookies.console_cookie()].value))
    Session.objects.filter(pk=session.pk).update(authenticated_at=session.authenticated_at - timedelta(minutes=6))
    asked = {"action": "delete", "ids": teams[0].pk, "confirmation": "delete 1"}
    answer = ada.post(base(world, "groups/bulk"), asked)
    assert answer["Location"].startswith("/console/confirm/")
    assert Group.objects.filter(pk=teams[0].pk).exists()


@pytest.mark.parametrize("ids", ["", "no such", "0" * 16, "a,b," * 400, "00000000-0000-0000-0000-000000000000"])
def test_odd_selections_select_nothing(ada: Client, world: World, ids: str) -> None:
    for path, action in (
        ("groups", "delete"), ("applications", "delete"), ("roles", "delete"), ("resource-servers", "delete"),
        (f"identities/{world.bob.pk}", "sessions"),
        (f"identities/{world.bob.pk}", "providers"), (f"applications/{world.application.pk}/sessions", "end"),
        (f"applications/{world.application.pk}/tokens", "revoke"),
    ):  # fmt: skip
        for method in (ada.get, ada.post):
            answer = method(base(world, f"{path}/bulk"), {"action": action, "ids": ids})
            assert (answer.status_code, answer["Location"]) == (303, base(world, path))
            assert method(base(world, f"{path}/bulk"), {"action": "odd", "ids": ids}).status_code == 404
