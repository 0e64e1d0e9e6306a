"""R/applications/{a}/tokens (contract/wire.md §1.2, §1.9; extensions.md §4)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.applications.models import AccessToken
from apps.applications.services import applications
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.caller import UNAUTHORIZED, UNKNOWN, Caller, read, violations
from tests.world import World


@pytest.fixture
def path(world: World) -> str:
    return f"/applications/{world.application.pk}/tokens"


@pytest.fixture
def bobs(world: World) -> str:
    """An access token that Bob's sign-in gave out."""
    passkey = ceremonies.give_passkey(world, world.bob)
    return ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)["access_token"]


@pytest.fixture
def machine(world: World, api: Caller) -> tuple[Caller, str]:
    """The admin realm, and the tokens of the very application that calls."""
    return api.at(world.acme.admin_realm), f"/applications/{world.acme.management_api.pk}/tokens"


def test_a_token_as_the_contract_has_it(world: World, api: Caller, path: str, bobs: str) -> None:
    claims = ceremonies.payload_of(bobs)
    item = {
        "id": claims["jti"],
        "display_name": "",
        "scopes": claims["scope"].split(),
        "token_suffix": bobs[-6:],
        "token_format": "self_contained",
        "expires": claims["exp"],
        "issued_at": claims["iat"],
        "token_type": "access",
    }
    assert len(claims["jti"]) == 32
    assert read(api.get(path)) == {"tokens": [item], "total_size": 1}


def test_whose_tokens_can_be_asked(world: World, api: Caller, path: str, bobs: str) -> None:
    own, bob, carol = str(world.application.pk), world.bob.pk, world.acme.customers.carol.pk
    expected: list[tuple[dict[str, str], int]] = [
        ({"principal_type": "identity"}, 1),
        ({"principal_type": "identity", "principal_id": bob}, 1),
        ({"principal_id": bob}, 1),
        ({"principal_type": "identity", "principal_id": carol}, 0),
        ({"principal_type": "identity", "principal_id": world.evil.customers.bob.pk}, 0),
        ({"principal_type": "identity", "principal_id": own}, 0),
        ({"principal_type": "application"}, 0),
        ({"principal_type": "application", "principal_id": own}, 0),
        ({"principal_type": "application", "principal_id": bob}, 0),
    ]
    for asked, count in expected:
        assert read(api.get(path, **asked))["total_size"] == count, asked


def test_an_applications_own_tokens(world: World, api: Caller, machine: tuple[Caller, str]) -> None:
    admin, path = machine
    claims = ceremonies.payload_of(api.token)
    for asked in ({}, {"principal_type": "application"}, {"principal_id": str(world.acme.management_api.pk)}):
        (item,) = read(admin.get(path, **asked))["tokens"]
        assert (item["id"], item["token_suffix"]) == (claims["jti"], api.token[-6:])
        assert item["scopes"] == claims["scope"].split()
    assert read(admin.get(path, principal_type="identity")) == {"tokens": [], "total_size": 0}


@pytest.mark.parametrize("kind", ["user", "Application", "é"])
def test_there_are_two_kinds_of_principal(api: Caller, path: str, kind: str) -> None:
    assert violations(api.get(path, principal_type=kind)) == [
        ("principal_type", "must be one of application, identity")
    ]


def test_what_is_over_is_not_listed(world: World, api: Caller, path: str, bobs: str) -> None:
    with time_machine.travel(timedelta(hours=2), tick=False):
        assert read(api.get(path))["total_size"] == 0
        assert read(api.delete(f"{path}/{ceremonies.payload_of(bobs)['jti']}"), 404) == UNKNOWN


def test_pages(world: World, api: Caller, machine: tuple[Caller, str]) -> None:
    admin, path = machine
    for _ in range(2):
        ceremonies.management_token(world.ctx, world.acme)
    first = read(admin.get(path, page_size=2, skip=2))
    rest = read(admin.get(path, page_token=first["next_page_token"]))
    assert [len(page["tokens"]) for page in (first, rest)] == [2, 1]
    assert violations(admin.get(path, page_token=first["next_page_token"], principal_type="identity")) == [
        ("page_token", "invalid page token")
    ]


def test_revoking_ends_a_token_at_once(world: World, machine: tuple[Caller, str]) -> None:
    admin, path = machine
    other = ceremonies.management_token(world.ctx, world.acme)
    jti = ceremonies.payload_of(other)["jti"]
    response = admin.delete(f"{path}/{jti}")
    assert (response.status_code, response.content) == (200, b"")
    assert read(Caller(admin.browser, other, admin.realm).get(path), 401) == UNAUTHORIZED
    assert jti not in [item["id"] for item in read(admin.get(path))["tokens"]]
    event = record.last(world.acme.admin_realm, EventType.TOKEN_CHANGE)
    assert (event.data["action"], event.outcome) == ("REVOKE", "SUCCESS")
    assert event.targets[0] == {"type": "token", "id": jti, "display_name": ""}
    assert event.targets[1]["id"] == str(world.acme.management_api.pk)
    assert read(admin.delete(f"{path}/{jti}"), 404) == UNKNOWN


def test_a_token_may_end_itself(machine: tuple[Caller, str]) -> None:
    admin, path = machine
    assert admin.delete(f"{path}/{ceremonies.payload_of(admin.token)['jti']}").status_code == 200
    assert read(admin.get(path), 401) == UNAUTHORIZED


def test_the_token_of_another_application_is_unknown(world: World, api: Caller, path: str, bobs: str) -> None:
    managed = ceremonies.payload_of(api.token)["jti"]
    for wanted in (managed, "x", "é", "a" * 500):
        assert read(api.delete(f"{path}/{wanted}"), 404) == UNKNOWN
    assert AccessToken.objects.filter(revoked_at=None).count() == 2


@pytest.mark.parametrize("wanted", ["x", "01234567-89ab-7def-8123-456789abcdef"])
def test_an_unknown_application_says_no_more_than_that(api: Caller, wanted: str) -> None:
    assert read(api.get(f"/applications/{wanted}/tokens"), 404) == UNKNOWN
    assert read(api.delete(f"/applications/{wanted}/tokens/x"), 404) == UNKNOWN


def test_listing_costs_five_queries_with_the_token(
    api: Caller, path: str, bobs: str, django_assert_num_queries: Any
) -> None:
    api.get(path)
    with django_assert_num_queries(5):
        api.get(path)


# --- refresh tokens -----------------------------------------------------------------------------------------------------


@pytest.fixture
def renewed(world: World) -> dict[str, Any]:
    """What a sign-in of Bob's gave out, once his application had refresh tokens."""
    on = {"token_configuration": {"refresh_token": {"enabled": True}}}
    applications.update_application(world.ctx, world.application, protocol_config=on)
    client = ceremonies.client_of(world)
    client.application.refresh_from_db()
    return ceremonies.tokens_for(world.visitor, client, ceremonies.give_passkey(world, world.bob))


def test_refresh_tokens_are_listed_beside_access_tokens(api: Caller, path: str, renewed: dict[str, Any]) -> None:
    listed = read(api.get(path))
    assert listed["total_size"] == 2
    access, refresh = sorted(listed["tokens"], key=lambda item: item["token_type"])
    assert (access["token_type"], refresh["token_type"]) == ("access", "refresh")
    assert refresh["token_suffix"] == renewed["refresh_token"][-6:]
    assert refresh["expires"] - refresh["issued_at"] == 30 * 86_400
    assert set(refresh) == set(access)
    assert renewed["refresh_token"] not in str(listed)


def test_pages_run_through_both(world: World, api: Caller, path: str, renewed: dict[str, Any]) -> None:
    client = ceremonies.client_of(world)
    client.application.refresh_from_db()
    for _ in range(2):
        ceremonies.tokens_for(world.visitor, client, ceremonies.give_passkey(world, world.bob))
    seen, page = [], read(api.get(path, page_size=1))
    while True:
        assert page["total_size"] == 6
        seen += [item["id"] for item in page["tokens"]]
        if "next_page_token" not in page:
            break
        page = read(api.get(path, page_token=page["next_page_token"]))
    assert len(seen) == len(set(seen)) == 6


def test_revoking_a_refresh_token_ends_its_family(
    world: World, api: Caller, path: str, renewed: dict[str, Any]
) -> None:
    (refresh,) = [item for item in read(api.get(path))["tokens"] if item["token_type"] == "refresh"]
    assert api.delete(f"{path}/{refresh['id']}").status_code == 200
    assert read(api.get(path)) == {"tokens": [], "total_size": 0}
    assert read(api.delete(f"{path}/{refresh['id']}"), 404) == UNKNOWN
    event = record.last(world.realm, EventType.TOKEN_CHANGE)
    assert event.targets[0] == {"type": "token", "id": refresh["id"], "display_name": ""}


def test_a_token_tells_when_it_was_used_last(world: World, api: Caller, machine: tuple[Caller, str]) -> None:
    admin, path = machine
    (item,) = read(admin.get(path))["tokens"]
    used = item["last_used_at"]
    assert abs(used - item["issued_at"]) < 60
    with time_machine.travel(timedelta(seconds=30)):
        assert read(admin.get(path))["tokens"][0]["last_used_at"] == used
    with time_machine.travel(timedelta(seconds=90)):
        assert read(admin.get(path))["tokens"][0]["last_used_at"] > used
