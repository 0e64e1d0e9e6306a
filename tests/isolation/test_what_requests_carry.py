"""Cursors, idempotency keys, entity tags and bodies: what was got in one place means nothing in another (anchors §1K)."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.directory.models import Identity
from apps.directory.services import groups
from tests import ceremonies
from tests.world import Company, Place, World

pytestmark = pytest.mark.django_db

STRANGER = Client()
LISTS = (
    "identities",
    "groups",
    "applications",
    "authenticator-configs",
    "resource-servers",
    "identities/-/credentials",
)


def call(world: World, company: Company, method: str, path: str, body: Any = None, **headers: str) -> Any:
    token = ceremonies.management_token(world.visitor, company)
    sent = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = json.dumps(body).encode() if body is not None else b""
    return STRANGER.generic(method, f"/v1/tenants/{company.tenant.pk}/{path}", raw, "application/json", headers=sent)


def at(place: Place, rest: str) -> str:
    return f"realms/{place.realm.pk}/{rest}"


@pytest.mark.parametrize("listed", ["identities", "groups"])
def test_a_page_token_of_one_realm_turns_no_page_in_another(world: World, listed: str) -> None:
    for company in (world.acme, world.evil):
        for place in (company.customers, company.staff):
            groups.create_group(world.ctx, place.realm, display_name="Second")
    first = call(world, world.acme, "GET", at(world.acme.customers, f"{listed}?page_size=1")).json()
    token = first["next_page_token"]
    assert call(world, world.acme, "GET", at(world.acme.customers, f"{listed}?page_token={token}")).status_code == 200
    for company, place in ((world.acme, world.acme.staff), (world.evil, world.evil.customers)):
        answer = call(world, company, "GET", at(place, f"{listed}?page_token={token}"))
        assert answer.status_code == 400
        assert answer.json()["details"][0]["field_violations"][0]["field"] == "page_token"


def test_an_idempotency_key_is_its_callers_own(world: World) -> None:
    def create(company: Company) -> Any:
        traits = {"type": "traits_v0", "username": "nina"}
        body = {"identity": {"display_name": "Nina", "traits": traits}}
        return call(world, company, "POST", at(company.customers, "identities"), body, Idempotency_Key="the-same-key-1")

    mine, theirs, again = create(world.acme), create(world.evil), create(world.acme)
    assert (mine.status_code, theirs.status_code) == (200, 200)
    assert mine.json()["id"] == again.json()["id"] != theirs.json()["id"]
    assert Identity.objects.filter(username_key="nina").count() == 2


def test_members_from_elsewhere_are_as_unknown_as_ones_that_never_were(world: World) -> None:
    path = at(world.acme.customers, f"groups/{world.acme.customers.contractors.pk}:addMembers")
    said = set()
    for stranger in (world.acme.staff.bob.pk, world.evil.customers.bob.pk, "0" * 16):
        answer = call(world, world.acme, "POST", path, {"identity_ids": [stranger]})
        said.add((answer.status_code, answer.content.decode().replace(stranger, "…")))
    assert len(said) == 1
    assert world.acme.customers.contractors.memberships.count() == 1


def test_a_link_and_an_application_name_only_what_is_of_their_realm(world: World) -> None:
    said = set()
    for config in (world.acme.staff.config.pk, world.evil.customers.config.pk, "018f0000-0000-7000-8000-000000000000"):
        job = {"job": {"delivery_method": "RETURN", "authenticator_config_id": str(config)}}
        path = at(world.acme.customers, f"identities/{world.bob.pk}/credential-binding-jobs")
        answer = call(world, world.acme, "POST", path, job)
        assert answer.status_code in (400, 404)
        said.add((answer.status_code, answer.content.decode().replace(str(config), "…")))
        protocol = {"type": "oidc", "redirect_uris": ["https://a.test"], "token_configuration": {"expires_after": 60}}
        application = {"display_name": "Trap", "authenticator_config_id": str(config), "protocol_config": protocol}
        answer = call(world, world.acme, "POST", at(world.acme.customers, "applications"), {"application": application})
        assert answer.status_code in (400, 404)
        said.add((answer.status_code, answer.content.decode().replace(str(config), "…")))
    assert len(said) <= 2


@pytest.mark.parametrize("listed", LISTS)
def test_a_list_holds_its_own_realms_things_alone(world: World, listed: str) -> None:
    ceremonies.give_passkey(world, world.acme.staff.bob)
    ceremonies.give_passkey(world, world.evil.customers.bob)
    answer = call(world, world.acme, "GET", at(world.acme.customers, listed))
    assert answer.status_code == 200
    for value in (world.evil.tenant.pk, world.acme.staff.realm.pk, world.evil.customers.realm.pk, "Evil"):
        assert value not in answer.content.decode()


def test_no_filter_reaches_beyond_the_realm(world: World) -> None:
    for asked in (
        'traits.username eq "bob" or traits.username eq "eve"', 'traits.username pr or realm_id pr',
        'not (traits.username eq "x")',
        'traits.username co "%" or 1 eq 1', 'traits.username eq "bob") or ("1" eq "1"', "username eq \"bob' OR '1'='1\"",
    ):  # fmt: skip
        answer = call(world, world.acme, "GET", at(world.acme.customers, "identities") + f"?filter={asked}")
        assert answer.status_code in (200, 400), asked
        assert world.evil.tenant.pk not in answer.content.decode()
        assert world.acme.staff.realm.pk not in answer.content.decode()


def test_the_same_names_live_side_by_side_in_two_realms_and_two_tenants(world: World) -> None:
    for company, place in (
        (world.acme, world.acme.staff),
        (world.evil, world.evil.staff),
        (world.evil, world.evil.customers),
    ):
        for listed, body in {
            "identities": {
                "identity": {
                    "display_name": "Twin",
                    "traits": {"type": "traits_v0", "username": "twin", "external_id": "1"},
                }
            },
            "groups": {"group": {"display_name": "Twins"}},
            "resource-servers": {
                "resource_server": {"display_name": "Twin", "identifier": "https://twin.test", "scopes": []}
            },
        }.items():
            assert call(world, company, "POST", at(place, listed), body).status_code == 200, listed
