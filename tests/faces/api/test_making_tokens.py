"""POST R/applications/{a}/tokens: our own, for programs that hand tokens on; the verb's rules are in tests/domain."""

from dataclasses import replace
from typing import Any

import pytest

from apps.applications.models import AccessToken
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.caller import UNKNOWN, Caller, read, violations
from tests.world import World

ASKED = {"display_name": "Nightly import", "scopes": ["identities:read"], "expires_after": 600}


@pytest.fixture
def admin(world: World, api: Caller) -> Caller:
    return api.at(world.acme.admin_realm)


@pytest.fixture
def path(world: World) -> str:
    return f"/applications/{world.acme.management_api.pk}/tokens"


def test_a_token_is_answered_once_and_works(admin: Caller, path: str, api: Caller) -> None:
    made = read(admin.post(path, {"token": ASKED}))
    assert (made["display_name"], made["scopes"]) == ("Nightly import", ["identities:read"])
    assert made["expires"] - made["issued_at"] == 600
    assert made["token"].endswith(made["token_suffix"])
    listed = read(admin.get(path))["tokens"]
    token = made.pop("token")
    assert made in listed
    assert token not in str(listed)
    mine = replace(api, token=token)
    assert mine.get("/identities").status_code == 200
    assert mine.get("/groups").status_code == 403


def test_without_an_expiry_it_lasts_as_long_as_is_configured(world: World, admin: Caller, path: str) -> None:
    made = read(admin.post(path, {"token": {"display_name": "Long", "scopes": ["identities:read"]}}))
    assert made["expires"] - made["issued_at"] == world.acme.management_api.token_expires_after_seconds


def test_a_caller_makes_no_token_that_may_do_more_than_its_own(world: World, admin: Caller, path: str) -> None:
    narrow = ceremonies.management_token(world.visitor, world.acme, scope="tokens:create identities:read")
    caller = replace(admin, token=narrow)
    refused = caller.post(path, {"token": {**ASKED, "scopes": ["identities:read", "identities:delete"]}})
    assert read(refused, 403)["details"][0]["scopes"] == ["identities:delete"]
    assert caller.post(path, {"token": ASKED}).status_code == 200
    assert not AccessToken.objects.filter(scope__contains="identities:delete", display_name="Nightly import").exists()


def test_the_event_is_the_callers_and_holds_no_token(world: World, admin: Caller, path: str) -> None:
    made = read(admin.post(path, {"token": ASKED}))
    event = record.last(world.acme.admin_realm, EventType.TOKEN_CHANGE)
    assert (event.data["action"], event.actor_id) == ("CREATE", str(world.acme.management_api.pk))
    assert made["token"] not in f"{event.data}{event.targets}"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"token": {}}, ["token.display_name", "token.scopes"]),
        ({"token": {**ASKED, "expires_after": 0}}, ["token.expires_after"]),
        ({"token": {**ASKED, "expires_after": 10**12}}, ["token.expires_after"]),
        ({"token": {**ASKED, "expires_after": 1.5}}, ["token.expires_after"]),
        ({"token": {**ASKED, "scopes": ["identities:read", 5]}}, ["token.scopes.1"]),
        ({"token": {**ASKED, "scopes": {"a": 1}}}, ["token.scopes"]),
        ({"token": {**ASKED, "display_name": "a;b"}}, ["token.display_name"]),
        ({"token": {**ASKED, "once": "x"}}, ["token.once"]),
        ({"token": {**ASKED, "held_scopes": ["x"]}}, ["token.held_scopes"]),
        ({"token": []}, ["token"]),
        ({}, ["token"]),
        ({"token": ASKED, "scopes": []}, ["scopes"]),
    ],
)
def test_a_bad_request_names_its_fields(admin: Caller, path: str, body: Any, fields: list[str]) -> None:
    assert [field for field, _ in violations(admin.post(path, body))] == fields


def test_an_application_that_signs_people_in_has_none(world: World, api: Caller) -> None:
    answer = api.post(f"/applications/{world.application.pk}/tokens", {"token": {"display_name": "X", "scopes": []}})
    refused = read(answer, 422)
    assert refused["details"][0]["id"] == str(world.application.pk)


@pytest.mark.parametrize("wanted", ["x", "01234567-89ab-7def-8123-456789abcdef"])
def test_an_unknown_application_says_no_more_than_that(api: Caller, wanted: str) -> None:
    assert read(api.post(f"/applications/{wanted}/tokens", {"token": ASKED}), 404) == UNKNOWN


def test_a_request_sent_again_with_its_key_makes_one_token(admin: Caller, path: str) -> None:
    first, again = (read(admin.post(path, {"token": ASKED}, Idempotency_Key="one")) for _ in range(2))
    assert first == again
    assert AccessToken.objects.filter(display_name="Nightly import").count() == 1
