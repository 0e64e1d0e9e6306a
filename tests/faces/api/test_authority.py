"""Who may call: every path with its scopes, 401, then 403 (tenant, then scope) (contract/extensions.md §10)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import URLPattern, get_resolver

from apps.directory.models import Group
from apps.directory.services import groups, identities
from apps.events.models import Event
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens.services import revocation
from tests import ceremonies, record
from tests.faces.api.caller import FORBIDDEN, UNAUTHORIZED, Caller, path_of, read
from tests.faces.api.operations import ABOVE_REALMS, EVERY, LETTERS, OPERATIONS
from tests.world import World, join


def routed() -> Iterator[tuple[str, type]]:
    for found in get_resolver("apps.api.urls").url_patterns:
        assert isinstance(found, URLPattern)
        if not hasattr(found.callback, "view_class"):
            continue  # the API's own description, which is for everybody
        yield str(found.pattern), found.callback.view_class  # type: ignore[attr-defined]


def test_every_path_is_declared_with_its_scopes() -> None:
    declared = {}
    for path, view in routed():
        path = re.sub(r"<opaque:(\w+?)(?:_id)?>", lambda found: LETTERS.get(found[1], found[1][0].upper()), path)
        for method in view.http_method_names:
            if handler := getattr(view, method, None):
                found = handler.operation
                where = (method.upper(), path.removeprefix("v1/tenants/T/realms/R").removeprefix("/"))
                declared[where] = (found.id, " ".join(found.scopes))
    assert declared == {**OPERATIONS, **ABOVE_REALMS}


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_nobody_is_told_the_scheme_and_nothing_else(world: World, client: Client, method: str, path: str) -> None:
    response = Caller(client, "", world.realm).call(method, path, b"[" * 50 if method != "GET" else b"")
    assert read(response, 401) == UNAUTHORIZED
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["Basic YTpi", "Bearer", "Bearer ", "bearer\ta", "Bearer a b", "Token a", "Bearer é"]
)
def test_what_is_no_bearer_token_is_nobody(world: World, client: Client, header: str) -> None:
    response = client.get(f"{path_of(world.realm)}/identities", headers={"Authorization": header})
    assert read(response, 401) == UNAUTHORIZED


def refused(api: Caller, token: str) -> bool:
    response = replace(api, token=token).get("/identities")
    told = response.status_code == 401 and response["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    return told and read(response, 401) == UNAUTHORIZED


def test_a_token_in_the_query_or_a_cookie_is_none(api: Caller) -> None:
    api.browser.cookies["access_token"] = api.token
    assert read(replace(api, token="").get("/identities", access_token=api.token), 401) == UNAUTHORIZED


def test_a_revoked_token_is_refused_at_once(world: World, api: Caller) -> None:
    assert api.get("/identities").status_code == 200
    revocation.revoke_token(world.ctx, world.acme.management_api, api.token)
    assert refused(api, api.token)


def test_an_expired_token_is_refused(api: Caller) -> None:
    with time_machine.travel(timedelta(days=91), tick=False):
        assert refused(api, api.token)


def test_a_token_that_was_touched_is_refused(world: World, api: Caller) -> None:
    assert refused(api, ceremonies.forge(api.token, claims={"scope": "everything"}))
    assert refused(api, ceremonies.forge(api.token, header={"alg": "none"}))
    assert refused(api, api.token[:-1])
    assert refused(api, "x.y.z")


def test_a_token_for_another_audience_is_refused(world: World, api: Caller) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    tokens = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    assert refused(api, tokens["access_token"])


def test_an_id_token_is_no_access_token(world: World, api: Caller) -> None:
    passkey = ceremonies.give_passkey(world, world.ada)
    tokens = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world, world.acme.console), passkey)
    assert replace(api, token=tokens["access_token"]).get("/identities").status_code != 401
    assert refused(api, tokens["id_token"])


def test_the_token_of_a_suspended_administrator_is_refused(world: World, api: Caller) -> None:
    passkey = ceremonies.give_passkey(world, world.ada)
    token = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world, world.acme.console), passkey)[
        "access_token"
    ]
    group = Group.objects.get(realm=world.acme.admin_realm)
    groups.add_members(world.ctx, group, [join(world.ctx, world.acme.admin_realm, "second", "Second", "acme.test").pk])
    identities.suspend_identity(replace(world.ctx, actor=world.visitor.actor), world.ada)
    assert refused(api, token)


def denials(world: World) -> list[Event]:
    return record.events(world.acme.admin_realm, EventType.API_REQUEST_DENIED)


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_another_tenant_is_forbidden_and_hears_nothing_of_it(world: World, api: Caller, method: str, path: str) -> None:
    evil = world.evil.customers
    there = Event.objects.filter(tenant_id=world.evil.tenant.pk).count()
    answers = []
    for tenant_id in (world.evil.tenant.pk, "0001ffffffffffff", "%0A", "x" * 300):
        caller = api.at(Realm(pk=evil.realm.pk, tenant_id=tenant_id))
        answers.append(read(caller.call(method, path.replace("/I", f"/{evil.bob.pk}")), 403))
    assert answers == [FORBIDDEN] * 4
    assert Event.objects.filter(tenant_id=world.evil.tenant.pk).count() == there
    assert [event.outcome for event in denials(world)] == ["FOREIGN_TENANT"] * 4


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_each_operation_needs_each_of_its_scopes(world: World, api: Caller, method: str, path: str) -> None:
    name, wanted = OPERATIONS[method, path[1:]]
    every = set(world.acme.management_api.allowed_scopes)
    for lacking in wanted.split():
        token = ceremonies.management_token(world.ctx, world.acme, scope=" ".join(sorted(every - {lacking})))
        response = replace(api, token=token).call(method, path)
        assert read(response, 403) == FORBIDDEN
        assert response["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{wanted}"'
    token = ceremonies.management_token(world.ctx, world.acme, scope=wanted)
    assert replace(api, token=token).call(method, path).status_code not in (401, 403)
    event = denials(world)[-1]
    assert (event.outcome, event.data["operation"], event.data["method"]) == ("INSUFFICIENT_SCOPE", name, method)
    assert (event.actor_type, event.actor_id) == ("application", str(world.acme.management_api.pk))
