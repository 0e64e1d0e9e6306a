"""Every operation of the reference's description: asked rightly, and refused in each way that it gives an example of.

The cases come from the file. One that is new there fails here until it is known how to ask for it. The fourteen of SCIM
are walked in tests/faces/scim/test_reference_contract.py.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.core import ids
from tests import ceremonies
from tests.faces.api import reference_contract as reference
from tests.faces.api.caller import Caller
from tests.faces.api.reference_contract import Asked, Refused
from tests.isolation import atlas
from tests.world import World

OPERATIONS = [asked for asked in reference.operations() if not asked.is_scim]
SCIM = [asked for asked in reference.operations() if asked.is_scim]

CLEANED_UP = "extensions.md §10: a delete cleans up passkeys, jobs, memberships, sessions and tokens"
# (operation, status) where the contract decides otherwise than the file, and where it says so.
DEPARTURES = {
    ("DeleteIdentity", 409): CLEANED_UP,
    ("CreateTheme", 400): "wire.md §1.1: field errors say “invalid parameters”, in every resource alike",
    ("UpdateTheme", 400): "wire.md §1.1: field errors say “invalid parameters”, in every resource alike",
    ("ListGroupRoles", 404): "wire.md §1.1: a 404 names what is missing; the path holds a group and no role",
    ("ListIdentityRoles", 404): "wire.md §1.1: a 404 names what is missing; the path holds an identity and no role",
}
# Fields of the file that an answer need not have.
NOT_ALWAYS = {
    "next_page_token",  # wire.md §1.1: left out on the final page
    "credential_binding_job.credential_id",  # wire.md §1.6: once the job is complete
    "credential_id",
    "credential_binding_jobs.credential_id",
    "credential_binding_job.post_binding_redirect_uri",  # only what was given
    "post_binding_redirect_uri",
    "credential_binding_jobs.post_binding_redirect_uri",
    "protocol_config.client_secret",  # extensions.md §4: in the answers that make one
    "applications.protocol_config.client_secret",
    "resource_server_id",  # wire.md §1.7: only where there is one
    "applications.resource_server_id",
}
# wire.md §1.2: identities, and roles; the file names the schema of another list.
NEVER = {"ListGroupMembers": {"groups"}, "ListRoles": {"groups"}}
TRAITS = ("external_id", "family_name", "given_name")  # wire.md §1.4: only what has a value
IDENTITIES = ("", "identities.")
NOT_ALWAYS |= {f"{where}traits.{name}" for where in IDENTITIES for name in TRAITS}

PARAMETERS = {"authenticator_config_id": "config_id", "credential_binding_job_id": "job_id"}  # theirs → the atlas's
ABSENT = {
    "Realm": "realm_id", "Group": "group_id", "Identity": "identity_id", "Role": "role_id", "Theme": "theme_id",
    "Credential": "credential_id", "Credential Binding Job": "job_id", "Application": "application_id",
    "Resource Server": "resource_server_id", "Authenticator Configuration": "config_id",
}  # fmt: skip
APPLICATION = {
    "type": "oidc",
    "confidentiality": "confidential",
    "grant_type": ["authorization_code"],
    "redirect_uris": ["https://pets.test/callback"],
    "token_configuration": {"expires_after": 86400, "token_signing_algorithm": "RS256", "subject_field": "id"},
    "pkce": "s256",
    "token_format": "self_contained",
}
EMBEDDED = {"type": "embedded", "invoke_url": "https://pets.test/sign-in", "trusted_origins": ["https://pets.test"]}


class Desk:
    """A caller with every scope, one thing of each kind, and what a right request of each operation holds."""

    def __init__(self, world: World, api: Caller) -> None:
        self.world, self.api = world, api
        self.values = atlas.furnish(world, world.acme.customers)
        self.bodies: dict[str, Any] = {
            "UpdateTenant": {"tenant": {"display_name": "Acme Holding"}},
            "CreateRealm": {"realm": {"display_name": "Staging"}},
            "UpdateRealm": {"realm": {"display_name": "Buyers"}},
            "CreateGroup": {"group": {"display_name": "Night shift", "description": "Awake"}},
            "UpdateGroup": {"group": {"display_name": "Late shift"}},
            "AddGroupMembers": {"identity_ids": [world.bob.pk]},
            "DeleteGroupMembers": {"identity_ids": [world.bob.pk]},
            "CreateIdentity": {"identity": {"display_name": "Grace", "traits": {"type": "traits_v0", "username": "grace",
                               "primary_email_address": "grace@acme.test"}}},
            "UpdateIdentity": {"identity": {"display_name": "Robert", "traits": {"type": "traits_v0", "username": "rob"}}},
            "CreateRole": {"role": {"display_name": "Reader", "description": "Reads"}},
            "UpdateRole": {"role": {"display_name": "Writer"}},
            "AddRoleMembers": {"group_ids": [self.values["group_id"]], "identity_ids": [world.bob.pk]},
            "DeleteRoleMembers": {"identity_ids": [world.bob.pk]},
            "AddRoleScopes": {"scopes": ["stock:read"]},
            "DeleteRoleScopes": {"scopes": ["stock:read"]},
            "CreateCredentialBindingJob": {"job": {"delivery_method": "RETURN",
                                           "authenticator_config_id": self.values["config_id"],
                                           "post_binding_redirect_uri": "https://pets.test/welcome"}},
            "CreateTheme": {"theme": {"email_realm_name": "Acme", "button_color": "#4673D3"}},
            "UpdateTheme": {"theme": {"email_realm_name": "Acme", "support_url": "https://acme.test/help"}},
            "CreateApplication": {"application": {"display_name": "Pets", "protocol_config": APPLICATION,
                                  "authenticator_config_id": self.values["config_id"]}},
            "UpdateApplication": {"application": {"display_name": "Pets"}},
            "CreateAuthenticatorConfig": {"authenticator_config": {"display_name": "Pets", "config": EMBEDDED}},
            "UpdateAuthenticatorConfig": {"authenticator_config": {"display_name": "Pets"}},
            "CreateResourceServer": {"resource_server": {"display_name": "Pets", "identifier": "https://api.pets.test",
                                     "scopes": ["pets:read"]}},
            "UpdateResourceServer": {"resource_server": {"display_name": "Pets", "scopes": ["pets:read"]}},
        }  # fmt: skip

    def ask(self, asked: Asked, *, body: Any = None, query: str = "", token: str | None = None, **values: str) -> Any:
        """`body` in place of the right one, bytes as they are; `values` in place of the things that there are."""
        known = {**self.values, **values}
        known |= {theirs: known[ours] for theirs, ours in PARAMETERS.items()}
        sent: dict[str, Any] = {"content_type": "application/json"} if asked.method != "get" else {}
        if asked.takes_body:
            given = self.bodies[asked.id] if body is None else body
            sent = {
                "data": given if isinstance(given, bytes) else json.dumps(given),
                "content_type": "application/json",
            }
        token = self.api.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        call = getattr(self.api.browser, asked.method)
        return call(asked.path.format(**known) + query, headers=headers, **sent)

    def make(self, path: str, body: Any) -> str:
        """The id of a new thing in the realm, with nothing in it and nothing that holds it."""
        response = self.api.post(path, body)
        assert response.status_code == 200, response.content
        return response.json()["id"]

    def removable(self, asked: Asked) -> dict[str, str]:
        """What can be deleted, or made, where the things that there are stand in the way."""
        server = f"/resource-servers/{self.values['resource_server_id']}"
        new: dict[str, Callable[[], dict[str, str]]] = {
            "CreateTheme": lambda: {"realm_id": self.world.acme.staff.realm.pk},
            "DeleteRealm": lambda: {
                "realm_id": self.api.tenant.post("/realms", self.bodies["CreateRealm"]).json()["id"]
            },
            "DeleteGroup": lambda: {"group_id": self.make("/groups", self.bodies["CreateGroup"])},
            "DeleteRole": lambda: {"role_id": self.make(f"{server}/roles", self.bodies["CreateRole"])},
            "DeleteResourceServer": lambda: {
                "resource_server_id": self.make("/resource-servers", self.bodies["CreateResourceServer"])
            },
            "DeleteAuthenticatorConfig": lambda: {
                "config_id": self.make("/authenticator-configs", self.bodies["CreateAuthenticatorConfig"])
            },
        }
        return new[asked.id]() if asked.id in new else {}


@pytest.fixture
def desk(world: World, api: Caller) -> Desk:
    return Desk(world, api)


def test_all_seventy_five_are_here() -> None:
    assert len(OPERATIONS) + len(SCIM) == 75
    known = {(asked.id, status) for asked in OPERATIONS for status in map(int, asked.described["responses"])}
    assert set(DEPARTURES) <= known


@pytest.mark.parametrize("asked", OPERATIONS, ids=lambda asked: asked.id)
def test_each_is_refused_and_answered_as_the_reference_does(desk: Desk, asked: Asked) -> None:
    for refused in reference.refusals(asked):
        if refused.status != 500 and DEPARTURES.get((asked.id, refused.status)) != CLEANED_UP:
            check_refusal(desk, refused)
    response = desk.ask(asked, **desk.removable(asked))
    assert response.status_code == 200, response.content
    body = json.loads(response.content) if response.content else None
    assert not reference.problems(asked, 200, body)
    assert reference.unanswered(asked, body) <= NOT_ALWAYS | NEVER.get(asked.id, set())


def check_refusal(desk: Desk, refused: Refused) -> None:
    """A fault of ours cannot be asked for: test_requests.py has one, and its body."""
    asked = refused.asked
    response = cause(desk, refused)
    assert response.status_code == refused.status, (str(refused), response.content)
    body = response.json()
    assert not reference.problems(asked, refused.status, body), str(refused)
    if (asked.id, refused.status) not in DEPARTURES:
        assert (body["code"], body["message"]) == (refused.body["code"], refused.body["message"]), str(refused)
        assert details(refused.body) <= details(body), str(refused)


def details(body: Any) -> set[tuple[str, str]]:
    """What an error tells beside its message: each kind of thing, and each field."""
    found = set()
    for detail in body.get("details", ()):
        found |= {(detail["type"], each["field"]) for each in detail.get("field_violations", ())}
        found |= {(detail["type"], detail["resource_type"])} if "resource_type" in detail else set()
    return found


def cause(desk: Desk, refused: Refused) -> Any:
    """Does what the example is of."""
    asked, what = refused.asked, refused.what
    if refused.status == 401:
        return desk.ask(asked, token="")
    if refused.status == 403:
        return desk.ask(asked, token=ceremonies.management_token(desk.world.ctx, desk.world.evil))
    if what == "Malformed Request":
        return desk.ask(asked, body=b'{"')
    if what == "Invalid Parameters":
        return (
            desk.ask(asked, body=spoilt(desk, refused)) if asked.takes_body else desk.ask(asked, query="?page_token=x")
        )
    if refused.status == 404:
        return desk.ask(asked, **absent(asked, what))
    return CONFLICTS[what](desk, asked)


def spoilt(desk: Desk, refused: Refused) -> Any:
    """The right body with nothing in the field that the example names, or in the name of the thing."""
    body = json.loads(json.dumps(desk.bodies[refused.asked.id]))
    named = [field for _, field in details(refused.body)]
    wrapper, _, field = (named or [f"{next(iter(body))}.display_name"])[0].partition(".")
    if not field:
        return {wrapper: []}
    return {wrapper: {**body[wrapper], field: ""}}


def absent(asked: Asked, what: str) -> dict[str, str]:
    name = ABSENT[what.removesuffix(" Not Found")]
    if f"{{{name}}}" not in asked.path and name == "role_id":  # one of the departures
        name = "group_id" if "{group_id}" in asked.path else "identity_id"
    return {name: atlas.nowhere()[name]}


def take_username(desk: Desk, asked: Asked) -> Any:
    traits = {"type": "traits_v0", "username": "CAROL"}
    return desk.ask(asked, body={"identity": {"traits": traits}})


def ask_for_mail(desk: Desk, asked: Asked) -> Any:
    nobody = desk.make("/identities", {"identity": {"traits": {"type": "traits_v0", "username": "nobody"}}})
    job = {"delivery_method": "EMAIL", "authenticator_config_id": desk.values["config_id"]}
    return desk.ask(asked, body={"job": job}, identity_id=nobody)


CONFLICTS: dict[str, Callable[[Desk, Asked], Any]] = {
    "Group Has Members": Desk.ask,
    "Role Has Scopes or Members": Desk.ask,
    "Realm Has Resources": Desk.ask,
    "Theme Already Exists": Desk.ask,
    "Username Already Exists": take_username,
    "Resource Server Not Found": lambda desk, asked: desk.ask(asked, query=f"?resource_server_id={ids.uuid7()}"),
    "Identity Missing Email Address": ask_for_mail,
}
