"""Every door to people, groups, policy and events: who may open it, from where, and with what in hand."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.console.pages import urlpatterns
from apps.credentials import selectors as credentials
from apps.directory import selectors as directory
from apps.events.types import EventType
from apps.policy import selectors as policy
from tests import ceremonies, record
from tests.world import Place, World

pytestmark = pytest.mark.django_db

# path under the realm: (scope to open it, whether it shows something, whether it changes something)
DOORS = {
    "identities": ("identities:read", True, False),
    "identities/new": ("identities:create", True, True),
    "identities/{identity}": ("identities:read", True, False),
    "identities/{identity}/edit": ("identities:update", True, True),
    "identities/{identity}/suspend": ("identities:update", True, True),
    "identities/{identity}/unsuspend": ("identities:update", False, True),
    "identities/{identity}/sign-out": ("identities:update", True, True),
    "identities/{identity}/delete": ("identities:delete", True, True),
    "identities/{identity}/passkeys": ("identities:read", True, False),
    "identities/{identity}/passkeys/new": ("credential-binding-jobs:create", True, True),
    "identities/{identity}/passkeys/{credential}/revoke": ("credentials:revoke", True, True),
    "identities/{identity}/jobs/{job}/revoke": ("credential-binding-jobs:create", True, True),
    "groups": ("groups:read", True, False),
    "groups/new": ("groups:create", True, True),
    "groups/{group}": ("groups:read", True, False),
    "groups/{group}/edit": ("groups:update", True, True),
    "groups/{group}/delete": ("groups:delete", True, True),
    "groups/{group}/add": ("groups:update", True, True),
    "groups/{group}/remove": ("groups:update", False, True),
    "policy": ("policy:read", True, False),
    "policy/publish": ("policy:publish", True, True),
    "policy/discard": ("policy:update", True, True),
    "policy/try": ("policy:read", True, False),
    "policy/tests": ("policy:read", True, False),
    "policy/tests/keep": ("policy:update", False, True),
    "policy/tests/drop": ("policy:update", False, True),
    "policy/replay": ("policy:read", True, True),
    "policy/json": ("policy:read", True, True),
    "policy/versions": ("policy:read", True, False),
    "policy/templates": ("policy:update", True, False),
    "policy/rules/new": ("policy:update", True, True),
    "policy/rules/preview": ("policy:update", False, True),
    "policy/rules/{rule}": ("policy:update", True, True),
    "policy/rules/{rule}/move": ("policy:update", False, True),
    "policy/rules/{rule}/switch": ("policy:update", False, True),
    "policy/rules/{rule}/remove": ("policy:update", True, True),
    "policy/rules/{rule}/restore": ("policy:update", False, True),
    "events": ("events:read", True, False),
    "events/integrity": ("events:read", True, True),
    "events/actors": ("events:read", True, False),
    "events/{event}": ("events:read", True, False),
}
CHANGING = [path for path, (_, _, changes) in DOORS.items() if changes]
SHOWING = [path for path, (_, shows, _) in DOORS.items() if shows]
NAMING = [path for path in DOORS if "{" in path]
ALL_SCOPES = sorted({scope for scope, _, _ in DOORS.values()} | {"identities:read", "credential-binding-jobs:read"})


def things_of(world: World, place: Place) -> dict[str, str]:
    """Ids of one realm, to be used there and elsewhere."""
    ceremonies.give_passkey(world, place.bob)
    job = ceremonies.invite(world, place.bob).job
    return {
        "identity": place.bob.pk,
        "credential": credentials.credentials_of(place.bob).get().pk,
        "job": job.pk,
        "group": place.contractors.pk,
        "rule": policy.published(place.realm).rules[0]["id"],
        "event": str(record.last(place.realm, EventType.GROUP_CHANGE).pk),
    }


def url(place: Place, path: str, things: dict[str, str]) -> str:
    return f"/console/realms/{place.realm.pk}/{path.format(**things)}"


def ask(client: Client, path: str, address: str, **headers: str) -> Any:
    """As the door is meant to be used, with nothing in the form."""
    return client.post(address, **headers) if DOORS[path][2] else client.get(address, **headers)


def test_the_list_above_is_every_door_of_these_nouns() -> None:
    """But for those that answer by what is asked of them; their nouns' own tests and the isolation tests knock on them."""
    apart = (
        r"identities/(?:bulk|import|export|[^/]*/(?:sessions|disconnect|bulk))|groups/(?:bulk|export)"
        r"|policy/(?:choices|versions/|rules/row)|events/(?:chart|views|exports|[^/]*/proof)"
    )
    theirs = re.compile(rf"realms/<str:realm_id>/(?!{apart})((?:identities|groups|policy|events)\b.*)")
    found = [theirs.fullmatch(str(pattern.pattern)) for pattern in urlpatterns]
    assert {re.sub(r"<str:(\w+?)_id>", r"{\1}", match[1]) for match in found if match} == set(DOORS)


@pytest.mark.parametrize("path", DOORS)
def test_without_a_session_every_door_leads_to_sign_in(world: World, client: Client, path: str) -> None:
    address = url(world.acme.customers, path, things_of(world, world.acme.customers))
    answer = ask(client, path, address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/console/login?next=%2Fconsole%2F")
    answer = ask(client, path, address, HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Redirect"][:20]) == (401, "/console/login?next=")


def test_another_tenants_administrator_finds_nothing(world: World, eve: Client) -> None:
    things = things_of(world, world.acme.customers)
    answers = {path: ask(eve, path, url(world.acme.customers, path, things)).status_code for path in DOORS}
    assert answers == dict.fromkeys(DOORS, 404)
    assert directory.get_identity(world.realm, world.bob.pk).is_active


def test_things_of_another_realm_and_of_another_tenant_are_not_found(world: World, ada: Client) -> None:
    for place in (world.acme.staff, world.evil.customers):
        foreign = things_of(world, place)
        answers = {path: ask(ada, path, url(world.acme.customers, path, foreign)).status_code for path in NAMING}
        assert answers == dict.fromkeys(NAMING, 404)


@pytest.mark.parametrize("odd", ["0" * 16, "x", "%FF", "..", "a" * 500, "-"])
def test_odd_ids_are_not_found(world: World, ada: Client, odd: str) -> None:
    things = dict.fromkeys(("identity", "credential", "job", "group", "rule", "event"), odd)
    answers = {path: ask(ada, path, url(world.acme.customers, path, things)).status_code for path in NAMING}
    assert answers == dict.fromkeys(NAMING, 404)


@pytest.mark.parametrize("path", DOORS)
def test_a_role_without_the_scope_is_refused(world: World, clerk: Callable[..., Client], path: str) -> None:
    scope = DOORS[path][0]
    held = [each for each in ALL_SCOPES if each != scope]
    answer = ask(clerk(*held), path, url(world.acme.customers, path, things_of(world, world.acme.customers)))
    assert answer.status_code == 403
    assert scope in answer.content.decode()


def test_a_role_with_the_scope_alone_gets_in(world: World, clerk: Callable[..., Client]) -> None:
    """Adding to a group takes the right to see people as well."""
    things = things_of(world, world.acme.customers)
    keyholder = clerk(*ALL_SCOPES)
    answers = {path: keyholder.get(url(world.acme.customers, path, things)).status_code for path in SHOWING}
    assert answers == dict.fromkeys(SHOWING, 200)


def test_nothing_changes_without_the_token_of_the_form(world: World, sign_in: Callable[..., Client]) -> None:
    strict = sign_in(world.acme, enforce_csrf_checks=True)
    things = things_of(world, world.acme.customers)
    answers = {path: strict.post(url(world.acme.customers, path, things)).status_code for path in CHANGING}
    assert answers == dict.fromkeys(CHANGING, 403)


def test_looking_changes_nothing_and_other_methods_are_refused(world: World, ada: Client) -> None:
    things = things_of(world, world.acme.customers)
    before = len(record.events(world.realm))
    for path, (_, shows, changes) in DOORS.items():
        address = url(world.acme.customers, path, things)
        assert ada.get(address).status_code == (200 if shows else 405)
        assert ada.head(address).status_code == (200 if shows else 405)
        assert ada.put(address).status_code == 405
        assert ada.delete(address).status_code == 405
        if not changes:
            assert ada.post(address).status_code == 405
    assert len(record.events(world.realm)) == before
