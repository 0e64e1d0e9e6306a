"""Who may call, and what may be reached: 401, then 403 (tenant, then scope), then 404 (contract/extensions.md §10)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import URLPattern, get_resolver

from apps.applications.models import AccessToken, Application
from apps.applications.services import access as rows
from apps.applications.services import applications, resource_servers, roles
from apps.directory.models import Group
from apps.directory.services import groups, identities
from apps.events.models import Event
from apps.events.types import EventType
from apps.realms import themes
from apps.realms.models import Realm
from apps.tokens.keys import published_keys
from apps.tokens.services import revocation
from tests import ceremonies, record
from tests.faces.api.caller import FORBIDDEN, UNAUTHORIZED, UNKNOWN, Caller, missing, path_of, read
from tests.world import Place, World, join

# Of contract/wire.md §1.2; revoking a job needs what making one needs. I: identity, C: credential, J: job, G: group,
# B: batch, S: resource server, L: role, M: theme, F: authenticator config, A: application, K: token, N: session,
# Y: signing key, W: kind of mail; "": the realm itself.
OPERATIONS = {
    ("GET", ""): ("GetRealm", "realms:read"),
    ("PATCH", ""): ("UpdateRealm", "realms:update"),
    ("DELETE", ""): ("DeleteRealm", "realms:delete"),
    ("POST", "identities"): ("CreateIdentity", "identities:create"),
    ("GET", "identities"): ("ListIdentities", "identities:read"),
    ("GET", "identities/I"): ("GetIdentity", "identities:read"),
    ("PATCH", "identities/I"): ("UpdateIdentity", "identities:update"),
    ("DELETE", "identities/I"): ("DeleteIdentity", "identities:delete"),
    ("POST", "identities:batchDelete"): ("BatchDeleteIdentities", "identities:delete"),
    ("GET", "identities/I:listGroups"): ("ListIdentityGroups", "identities:read groups:read"),
    ("GET", "identities/I/credentials"): ("ListCredentials", "credentials:read"),
    ("GET", "identities/I/credentials/C"): ("GetCredential", "credentials:read"),
    ("POST", "identities/I/credentials/C:revoke"): ("RevokeCredential", "credentials:revoke"),
    ("POST", "identities/I/credential-binding-jobs"): (
        "CreateCredentialBindingJob",
        "credential-binding-jobs:create",
    ),
    ("GET", "identities/I/credential-binding-jobs"): ("ListCredentialBindingJobs", "credential-binding-jobs:read"),
    ("GET", "identities/I/credential-binding-jobs/J"): ("GetCredentialBindingJob", "credential-binding-jobs:read"),
    ("POST", "identities/I/credential-binding-jobs/J:revoke"): (
        "RevokeCredentialBindingJob",
        "credential-binding-jobs:create",
    ),
    ("POST", "batch-credential-binding-jobs"): ("CreateBatchCredentialBindingJob", "credential-binding-jobs:create"),
    ("GET", "batch-credential-binding-jobs"): ("ListBatchCredentialBindingJobs", "credential-binding-jobs:read"),
    ("GET", "batch-credential-binding-jobs/B"): ("GetBatchCredentialBindingJob", "credential-binding-jobs:read"),
    ("GET", "batch-credential-binding-jobs/B:listResults"): (
        "ListBatchCredentialBindingJobResults",
        "credential-binding-jobs:read",
    ),
    ("POST", "groups"): ("CreateGroup", "groups:create"),
    ("GET", "groups"): ("ListGroups", "groups:read"),
    ("GET", "groups/G"): ("GetGroup", "groups:read"),
    ("PATCH", "groups/G"): ("UpdateGroup", "groups:update"),
    ("DELETE", "groups/G"): ("DeleteGroup", "groups:delete"),
    ("POST", "groups/G:addMembers"): ("AddGroupMembers", "groups:update identities:read"),
    ("POST", "groups/G:deleteMembers"): ("DeleteGroupMembers", "groups:update identities:read"),
    ("GET", "groups/G:listMembers"): ("ListGroupMembers", "groups:read identities:read"),
    ("GET", "groups/G:listRoles"): ("ListGroupRoles", "groups:read roles:read resource-servers:read"),
    ("GET", "identities/I:listRoles"): ("ListIdentityRoles", "identities:read roles:read resource-servers:read"),
    ("POST", "resource-servers"): ("CreateResourceServer", "resource-servers:create"),
    ("GET", "resource-servers"): ("ListResourceServers", "resource-servers:read"),
    ("GET", "resource-servers/S"): ("GetResourceServer", "resource-servers:read"),
    ("PATCH", "resource-servers/S"): ("UpdateResourceServer", "resource-servers:update"),
    ("DELETE", "resource-servers/S"): ("DeleteResourceServer", "resource-servers:delete"),
    ("POST", "resource-servers/S/roles"): ("CreateRole", "roles:create"),
    ("GET", "resource-servers/S/roles"): ("ListRoles", "roles:read"),
    ("GET", "resource-servers/S/roles/L"): ("GetRole", "roles:read"),
    ("PATCH", "resource-servers/S/roles/L"): ("UpdateRole", "roles:update"),
    ("DELETE", "resource-servers/S/roles/L"): ("DeleteRole", "roles:delete"),
    ("POST", "resource-servers/S/roles/L:addMembers"): ("AddRoleMembers", "roles:update groups:read identities:read"),
    ("POST", "resource-servers/S/roles/L:deleteMembers"): (
        "DeleteRoleMembers",
        "roles:update groups:read identities:read",
    ),
    ("GET", "resource-servers/S/roles/L:listMembers"): ("ListRoleMembers", "roles:read groups:read identities:read"),
    ("POST", "resource-servers/S/roles/L:addScopes"): ("AddRoleScopes", "roles:update resource-servers:read"),
    ("POST", "resource-servers/S/roles/L:deleteScopes"): ("DeleteRoleScopes", "roles:update resource-servers:read"),
    ("GET", "resource-servers/S/roles/L:listScopes"): ("ListRoleScopes", "roles:read resource-servers:read"),
    ("POST", "applications"): ("CreateApplication", "applications:create"),
    ("GET", "applications"): ("ListApplications", "applications:read"),
    ("GET", "applications/A"): ("GetApplication", "applications:read"),
    ("PATCH", "applications/A"): ("UpdateApplication", "applications:update"),
    ("DELETE", "applications/A"): ("DeleteApplication", "applications:delete"),
    ("POST", "applications/A:rotateSecret"): ("RotateApplicationSecret", "applications:update"),
    ("POST", "applications/A/tokens"): ("CreateToken", "tokens:create"),
    ("GET", "applications/A/tokens"): ("ListTokens", "tokens:read"),
    ("DELETE", "applications/A/tokens/K"): ("RevokeToken", "tokens:delete"),
    ("POST", "authenticator-configs"): ("CreateAuthenticatorConfig", "authenticator-configs:create"),
    ("GET", "authenticator-configs"): ("ListAuthenticatorConfigs", "authenticator-configs:read"),
    ("GET", "authenticator-configs/F"): ("GetAuthenticatorConfig", "authenticator-configs:read"),
    ("PATCH", "authenticator-configs/F"): ("UpdateAuthenticatorConfig", "authenticator-configs:update"),
    ("DELETE", "authenticator-configs/F"): ("DeleteAuthenticatorConfig", "authenticator-configs:delete"),
    ("GET", "sessions"): ("ListSessions", "identities:read"),
    ("DELETE", "sessions/N"): ("EndSession", "identities:update"),
    ("GET", "signing-keys"): ("ListSigningKeys", "realms:read"),
    ("POST", "signing-keys:rotate"): ("RotateSigningKeys", "realms:update"),
    ("POST", "signing-keys/Y:retire"): ("RetireSigningKey", "realms:update"),
    ("POST", "event-streams"): ("CreateEventStream", "event-streams:create"),
    ("GET", "event-streams"): ("ListEventStreams", "event-streams:read"),
    ("GET", "event-streams/S"): ("GetEventStream", "event-streams:read"),
    ("PATCH", "event-streams/S"): ("UpdateEventStream", "event-streams:update"),
    ("DELETE", "event-streams/S"): ("DeleteEventStream", "event-streams:delete"),
    ("POST", "event-streams/S:test"): ("TestEventStream", "event-streams:update"),
    ("POST", "event-streams/S:replay"): ("ReplayEventStream", "event-streams:update"),
    ("POST", "event-streams/S:rotateSecret"): ("RotateEventStreamSecret", "event-streams:update"),
    ("GET", "event-streams/S/deliveries"): ("ListEventStreamDeliveries", "event-streams:read"),
    ("POST", "identity-providers"): ("CreateIdentityProvider", "identity-providers:create"),
    ("GET", "identity-providers"): ("ListIdentityProviders", "identity-providers:read"),
    ("GET", "identity-providers/P"): ("GetIdentityProvider", "identity-providers:read"),
    ("PATCH", "identity-providers/P"): ("UpdateIdentityProvider", "identity-providers:update"),
    ("DELETE", "identity-providers/P"): ("DeleteIdentityProvider", "identity-providers:delete"),
    ("POST", "identity-providers/P:test"): ("TestIdentityProvider", "identity-providers:update"),
    ("GET", "events"): ("ListEvents", "events:read"),
    ("GET", "events/E"): ("GetEvent", "events:read"),
    ("GET", "events/E:proof"): ("ProveEvent", "events:read"),
    ("GET", "events/checkpoints"): ("ListEventCheckpoints", "events:read"),
    ("GET", "policy"): ("GetPolicy", "policy:read"),
    ("POST", "policy:evaluate"): ("EvaluatePolicy", "policy:read"),
    ("POST", "policy:replay"): ("ReplayPolicy", "policy:read"),
    ("GET", "policy/draft"): ("GetPolicyDraft", "policy:read"),
    ("PUT", "policy/draft"): ("UpdatePolicyDraft", "policy:update"),
    ("POST", "policy/draft:publish"): ("PublishPolicyDraft", "policy:publish"),
    ("POST", "policy/draft:discard"): ("DiscardPolicyDraft", "policy:update"),
    ("GET", "policy/versions"): ("ListPolicyVersions", "policy:read"),
    ("GET", "policy/versions/V"): ("GetPolicyVersion", "policy:read"),
    ("POST", "policy/versions/V:restore"): ("RestorePolicyVersion", "policy:update"),
    ("GET", "policy/tests"): ("GetPolicyTests", "policy:read"),
    ("PUT", "policy/tests"): ("UpdatePolicyTests", "policy:update"),
    ("POST", "policy/tests:run"): ("RunPolicyTests", "policy:read"),
    ("GET", "events:export"): ("ExportEvents", "events:read"),
    ("GET", "events:stream"): ("StreamEvents", "events:read"),
    ("GET", "events:consistency"): ("ProveEventConsistency", "events:read"),
    ("GET", "email-templates"): ("ListEmailTemplates", "themes:read"),
    ("GET", "email-templates/W"): ("GetEmailTemplate", "themes:read"),
    ("PATCH", "email-templates/W"): ("UpdateEmailTemplate", "themes:update"),
    ("DELETE", "email-templates/W"): ("ResetEmailTemplate", "themes:update"),
    ("POST", "email-templates/W:preview"): ("PreviewEmailTemplate", "themes:read"),
    ("POST", "email-templates/W:sendTest"): ("SendTestEmail", "themes:update"),
    ("POST", "logos"): ("CreateLogo", "themes:update"),
    ("POST", "themes"): ("CreateTheme", "themes:create"),
    ("GET", "themes/active"): ("GetActiveTheme", "themes:read"),
    ("GET", "themes/M"): ("GetTheme", "themes:read"),
    ("PATCH", "themes/M"): ("UpdateTheme", "themes:update"),
}
ABOVE_REALMS = {
    ("GET", "v1/tenants/T"): ("GetTenant", "tenants:read"),
    ("PATCH", "v1/tenants/T"): ("UpdateTenant", "tenants:update"),
    ("POST", "v1/tenants/T/realms"): ("CreateRealm", "realms:create"),
    ("GET", "v1/tenants/T/realms"): ("ListRealms", "realms:read"),
}
EVERY = [pytest.param(method, path and f"/{path}", id=f"{method} {path}") for method, path in OPERATIONS]
LETTERS = {  # of what does not begin with its own
    "tenant": "T", "realm": "R", "resource_server": "S", "role": "L", "theme": "M", "config": "F", "token": "K",
    "session": "N", "key": "Y", "kind": "W",
}  # fmt: skip


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


# --- 401 ----------------------------------------------------------------------------------------------------------------
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


# --- 403 ----------------------------------------------------------------------------------------------------------------
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


# --- 404 ----------------------------------------------------------------------------------------------------------------
def ids_elsewhere(world: World, path: str) -> list[str]:
    """The path with every id of Acme's other realm, of Evil Corp's, and with ids that nobody has."""
    own = things_of(world, world.acme.customers)
    filled = []
    for place in (world.acme.staff, world.evil.customers):
        found = things_of(world, place)
        people = (place.bob.pk, place.carol.pk, world.bob.pk, "-")
        filled += [fill(path, {**found, "I": identity_id}) for identity_id in people] if "/I" in path else []
        filled += [fill(path, found), fill(path, {**found, "S": own["S"]}), fill(path, {**own, "L": found["L"]})]
    return [each for each in filled if each != fill(path, own)]


def things_of(world: World, place: Place) -> dict[str, str]:
    """By the letters of OPERATIONS, one of each that the place's realm has."""
    passkey = ceremonies.give_passkey(world, place.carol)
    server = resource_servers.create_resource_server(
        world.ctx, place.realm, display_name="Pets", identifier="https://pets.test", scopes=["pets:read"]
    )
    return {
        "I": place.carol.pk,
        "C": place.carol.credentials.get(webauthn_id=passkey.webauthn_id).pk,
        "J": ceremonies.invite(world, place.bob).job.pk,
        "B": ceremonies.invite_many(world, place, [place.bob.pk]).pk,
        "G": place.contractors.pk,
        "S": str(server.pk),
        "L": roles.create_role(world.ctx, server, display_name="Keeper").pk,
        "A": str(place.application.pk),
        "K": token_in(world, place),
        "N": str(ceremonies.live_sessions(world, place.carol)[0].pk),
        "Y": published_keys(place.realm)[0].kid,
        "F": str(place.config.pk),
        "M": str(themes.create_theme(world.ctx, place.realm, email_realm_name="Pets").pk),
    }


def token_in(world: World, place: Place) -> str:
    """The id of a token for the place's application."""
    passkey = ceremonies.give_passkey(world, place.carol)
    tokens = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world, place.application), passkey)
    return AccessToken.objects.get(token_suffix=tokens["access_token"][-6:], application=place.application).jti


def fill(path: str, ids: dict[str, str]) -> str:
    return "".join(f"/{ids[part[1:]]}" if part[1:] in ids else part for part in _parts(path))


def _parts(path: str) -> list[str]:
    """/identities/I:listGroups → /identities, /I, :listGroups"""
    pieces = []
    for segment in path.split("/")[1:]:
        name, colon, verb = segment.partition(":")
        pieces += [f"/{name}", colon + verb]
    return pieces


THINGS = [param for param in EVERY if re.search("/[BCJGSLMFAKNY]", str(param.values[1]))]
TERSE = re.compile(r"/resource-servers(/S)?|/authenticator-configs(/F)?|/applications(/A.*)?")


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_a_realm_of_another_tenant_is_as_unknown_as_none(world: World, api: Caller, method: str, path: str) -> None:
    for realm_id in (world.evil.customers.realm.pk, "0000000000000000", "-", "%00x"[3:], "é"):
        caller = api.at(Realm(pk=realm_id, tenant_id=world.acme.tenant.pk))
        filled = path.replace("/I", f"/{world.evil.customers.bob.pk}")
        expected = UNKNOWN if TERSE.fullmatch(path) else missing("realm", "Realm", realm_id)
        assert read(caller.call(method, filled), 404) == expected


@pytest.mark.parametrize(("method", "path"), [p for p in EVERY if "/I" in str(p.values[1])])
def test_an_identity_of_elsewhere_is_as_unknown_as_none(world: World, api: Caller, method: str, path: str) -> None:
    for place in (world.acme.staff, world.evil.customers):
        filled = path.replace("/I", f"/{place.bob.pk}")
        assert read(api.call(method, filled), 404) == missing("identity", "Identity", place.bob.pk)


@pytest.mark.parametrize(("method", "path"), THINGS)
def test_a_thing_of_elsewhere_is_unknown_too(world: World, api: Caller, method: str, path: str) -> None:
    for filled in ids_elsewhere(world, path):
        before = Event.objects.count()
        answer = api.call(method, filled)
        assert read(answer, 404)["code"] == "not_found"
        told = Event.objects.filter(correlation_id=answer["X-Correlation-Id"])
        wanted = [] if method == "GET" else [("API_REQUEST_DENIED", "NOT_FOUND", world.acme.tenant.pk)]
        assert list(told.values_list("type", "outcome", "tenant_id")) == wanted
        assert Event.objects.count() == before + len(wanted)  # none where the thing is


# --- the reach of a token -----------------------------------------------------------------------------------------------
def realm_token(world: World, scopes: list[str]) -> str:
    """A token of an application that belongs to Bob's realm and not to the admin realm."""
    server = rows.insert_resource_server(
        world.ctx, world.realm, display_name="API", identifier="identity-cloud", scopes=scopes, is_managed=True
    )
    protocol: dict[str, Any] = {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "allowed_scopes": scopes,
        "token_configuration": {"expires_after": 600, "token_signing_algorithm": "ES256"},
    }
    made = applications.create_application(
        world.ctx, world.realm, display_name="Sync", protocol_config=protocol, resource_server=server
    )
    return token_of(world, made.application, made.client_secret)


def token_of(world: World, application: Application, secret: str) -> str:
    import json
    from urllib.parse import urlencode

    from apps.tokens.services.exchange import exchange

    form = {"grant_type": "client_credentials", "client_id": application.client_id, "client_secret": secret}
    return json.loads(exchange(world.ctx, application, form=urlencode(form), headers={}).body)["access_token"]


def test_a_realms_own_token_reaches_that_realm_alone(world: World, client: Client) -> None:
    own = Caller(client, realm_token(world, ["identities:read"]), world.realm)
    assert read(own.get("/identities"))["total_size"] == 3
    for realm in (world.acme.staff.realm, world.acme.admin_realm, world.acme.opened.first_realm):
        assert read(own.at(realm).get("/identities"), 404) == missing("realm", "Realm", realm.pk)
    assert read(own.at(world.evil.customers.realm).get("/identities"), 403) == FORBIDDEN
    assert read(own.delete(f"/identities/{world.bob.pk}"), 403) == FORBIDDEN
    denied = record.events(world.realm, EventType.API_REQUEST_DENIED)
    assert [event.outcome for event in denied] == ["FOREIGN_TENANT", "INSUFFICIENT_SCOPE"]


def test_an_admin_realms_token_reaches_every_realm_of_the_tenant(world: World, api: Caller) -> None:
    for realm in (world.acme.admin_realm, world.acme.opened.first_realm, world.acme.staff.realm):
        listed = read(api.at(realm).get("/identities"))["identities"]
        assert {identity["realm_id"] for identity in listed} <= {realm.pk}


def test_an_administrators_token_acts_as_the_administrator(world: World, client: Client) -> None:
    passkey = ceremonies.give_passkey(world, world.ada)
    tokens = ceremonies.tokens_for(
        world.visitor, ceremonies.client_of(world, world.acme.console), passkey, scope="openid identities:update"
    )
    caller = Caller(client, tokens["access_token"], world.realm)
    assert read(caller.patch(f"/identities/{world.bob.pk}", {"identity": {"display_name": "B"}}))["display_name"] == "B"
    event = record.last(world.realm, EventType.IDENTITY_CHANGE)
    assert (event.actor_type, event.actor_id) == ("identity", world.ada.pk)
    assert read(caller.get(f"/identities/{world.bob.pk}"), 403) == FORBIDDEN


def test_the_events_of_a_request_carry_its_correlation_id(world: World, api: Caller) -> None:
    response = api.patch(f"/identities/{world.bob.pk}", {"identity": {}}, X_Correlation_Id="order-12345")
    assert response["X-Correlation-Id"] == "order-12345"
    assert record.last(world.realm, EventType.IDENTITY_CHANGE).correlation_id == "order-12345"


def test_reading_costs_three_queries_with_the_token(world: World, api: Caller, django_assert_num_queries: Any) -> None:
    api.get("/identities")
    assert AccessToken.objects.count()
    with django_assert_num_queries(3):
        api.get(f"/identities/{world.bob.pk}")
    with django_assert_num_queries(3):
        api.get("/identities", filter='traits.username sw "b"')
