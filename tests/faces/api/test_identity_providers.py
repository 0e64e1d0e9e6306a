"""R/identity-providers (contract/extensions.md §9)."""

from typing import Any

import pytest

from apps.core import outgoing
from apps.events.types import EventType
from apps.federation import configuration, discovery, services
from apps.federation.models import IdentityProvider
from tests import ceremonies
from tests import record as auditor
from tests.faces.api.caller import Caller, missing, read, violations
from tests.world import World

pytestmark = pytest.mark.django_db

PATH = "/identity-providers"
ISSUER = "https://93.184.215.14/realms/staff"
SECRET = "hush-hush-71c2"
ROOT = "identity_provider"


def new(**given: Any) -> dict[str, Any]:
    fields = {"display_name": "Contoso", "type": "oidc", "issuer": ISSUER, "client_id": "ic", "client_secret": SECRET}
    return {ROOT: {name: value for name, value in {**fields, **given}.items() if value is not None}}


def made(api: Caller, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = read(api.post(PATH, new(**given)))
    return found


def test_one_is_made_read_and_listed_without_its_secret(api: Caller, world: World) -> None:
    response = api.post(PATH, new())
    provider = read(response)
    assert provider["redirect_uri"].endswith(f"/realms/{world.realm.pk}/identity-providers/{provider['id']}/callback")
    assert (provider["scopes"], provider["attribute_map"]["username"]) == (["openid", "email", "profile"], "email")
    assert (provider["link_by_verified_email"], provider["create_identities"], provider["enabled"]) == (
        False,
        False,
        True,
    )
    again = api.get(f"{PATH}/{provider['id']}")
    assert (read(again), again["ETag"]) == (provider, response["ETag"])
    assert read(api.get(PATH)) == {"identity_providers": [provider], "total_size": 1}
    for answer in (response, again, api.get(PATH)):
        assert SECRET not in answer.content.decode()
    row = IdentityProvider.objects.get()
    assert SECRET.encode() not in bytes(row.sealed_client_secret)
    assert configuration.unseal(row) == SECRET
    told = auditor.last(world.realm, EventType.IDENTITY_PROVIDER_CHANGE)
    assert told.data["changes"]["issuer"] == [None, ISSUER]
    assert SECRET not in str(told.data)


def test_a_change_changes_what_it_names(api: Caller, world: World) -> None:
    path = f"{PATH}/{made(api)['id']}"
    changes = {"attribute_map": {"username": "upn"}, "create_identities": True, "client_secret": "another"}
    changed = read(api.patch(path, {ROOT: {**changes, "issuer": ISSUER, "redirect_uri": "x"}}))
    assert (changed["attribute_map"], changed["create_identities"]) == ({"username": "upn"}, True)
    assert configuration.unseal(IdentityProvider.objects.get()) == "another"
    told = auditor.last(world.realm, EventType.IDENTITY_PROVIDER_CHANGE)
    assert (told.data["secrets"], "another" in str(told.data)) == (["client_secret"], False)
    read(api.patch(path, {ROOT: {"enabled": False}}))
    assert auditor.last(world.realm, EventType.IDENTITY_PROVIDER_CHANGE).data["action"] == "DISABLE"
    assert configuration.unseal(IdentityProvider.objects.get()) == "another"


def test_who_saw_another_version_changes_nothing(api: Caller) -> None:
    path = f"{PATH}/{made(api)['id']}"
    seen = api.get(path)["ETag"]
    assert api.patch(path, {ROOT: {"enabled": False}}, If_Match=seen).status_code == 200
    assert api.patch(path, {ROOT: {"enabled": True}}, If_Match=seen).status_code == 412
    assert api.delete(path, If_Match=seen).status_code == 412
    assert api.delete(path).status_code == 200
    assert api.delete(path).status_code == 404


def test_the_same_key_makes_one(api: Caller) -> None:
    first, second = (read(api.post(PATH, new(), Idempotency_Key="one-and-the-same")) for _ in range(2))
    assert first == second
    assert IdentityProvider.objects.count() == 1


def test_an_issuer_stands_once_in_a_realm_and_stays(api: Caller) -> None:
    """A subject means something with its issuer alone: who could change it would be everybody who is linked."""
    path = f"{PATH}/{made(api)['id']}"
    assert api.post(PATH, new(display_name="Contoso again")).status_code == 409
    response = api.patch(path, {ROOT: {"issuer": f"{ISSUER}/", "type": "saml"}})
    assert [field for field, _ in violations(response)] == [f"{ROOT}.type", f"{ROOT}.issuer"]
    for number in range(services.PROVIDERS_LIMIT - 1):
        made(api, issuer=f"{ISSUER}/{number}")
    assert api.post(PATH, new(issuer=f"{ISSUER}/more")).status_code == 422


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"display_name": None, "client_secret": None}, ["display_name", "client_secret"]),
        ({"display_name": "<b>"}, ["display_name"]),
        ({"type": "saml"}, ["type"]),
        ({"issuer": "http://93.184.215.14"}, ["issuer"]),
        ({"issuer": "https://127.0.0.1"}, ["issuer"]),
        ({"issuer": "https://[::ffff:10.0.0.1]"}, ["issuer"]),
        ({"issuer": "https://93.184.215.14:25"}, ["issuer"]),
        ({"issuer": "https://u:p@93.184.215.14"}, ["issuer"]),
        ({"issuer": "https://93.184.215.14?x=1"}, ["issuer"]),
        ({"issuer": "https://93.184.215.14#x"}, ["issuer"]),
        ({"issuer": "https://[x"}, ["issuer"]),
        ({"issuer": "file:///etc/passwd"}, ["issuer"]),
        ({"issuer": ["https://93.184.215.14"]}, ["issuer"]),
        ({"client_id": "a\nb", "client_secret": "x" * 3000}, ["client_id", "client_secret"]),
        ({"scopes": ["email"]}, ["scopes"]),
        ({"scopes": ["openid", "a b", 5]}, ["scopes.1", "scopes.2"]),
        ({"attribute_map": {"primary_email_address": "upn"}}, ["attribute_map.primary_email_address"]),
        ({"attribute_map": {"username": "a b", "title": 5}}, ["attribute_map.username", "attribute_map.title"]),
        ({"link_by_verified_email": "true", "enabled": 1}, ["link_by_verified_email", "enabled"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
def test_what_is_wrong_is_refused_by_its_path(api: Caller, given: dict[str, Any], fields: list[str]) -> None:
    response = api.post(PATH, {ROOT: {**new()[ROOT], **given}} if None not in given.values() else new(**given))
    assert sorted(field for field, _ in violations(response)) == sorted(f"{ROOT}.{name}" for name in fields)
    assert not IdentityProvider.objects.exists()


def test_administrators_are_vouched_for_by_nobody(client: Any, world: World) -> None:
    token = ceremonies.management_token(world.ctx, world.acme)
    path = f"/v1/tenants/{world.acme.tenant.pk}/realms/{world.acme.admin_realm.pk}/identity-providers"
    answer = client.post(path, new(), "application/json", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert auditor.last(world.acme.admin_realm, EventType.IDENTITY_PROVIDER_CHANGE).outcome == "FORBIDDEN"
    assert not IdentityProvider.objects.exists()


def test_a_check_says_what_is_wrong(api: Caller, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{PATH}/{made(api)['id']}:test"
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    metadata = {"issuer": ISSUER, **{f"{name}_endpoint": f"{ISSUER}/{name}" for name in ("authorization", "token")}}
    said: dict[str, Any] = {
        f"{ISSUER}/.well-known/openid-configuration": {**metadata, "jwks_uri": f"{ISSUER}/jwks"},
        f"{ISSUER}/jwks": {"keys": [key]},
    }
    monkeypatch.setattr(outgoing, "get_json", lambda url: said[url])
    told = read(api.post(path))
    assert (told["usable"], [each["name"] for each in told["checks"]]) == (True, ["configuration", "keys"])
    said[f"{ISSUER}/jwks"] = {"keys": [{"kty": "oct", "k": "AAAA"}]}
    told = read(api.post(path, {}))
    assert (told["usable"], told["checks"][1]["passed"]) == (False, False)
    said[f"{ISSUER}/.well-known/openid-configuration"] |= {"issuer": "https://evil.example"}
    told = read(api.post(path))
    wrong = {"name": "configuration", "passed": False, "detail": "its configuration names another issuer"}
    assert told == {"usable": False, "checks": [wrong]}
    assert auditor.last(world.realm, EventType.IDENTITY_PROVIDER_CHANGE).outcome == "PROVIDER_UNAVAILABLE"
    discovery.forget(ISSUER)


def test_one_of_another_realm_is_not_there(api: Caller, world: World) -> None:
    elsewhere = services.create_identity_provider(world.ctx, world.acme.staff.realm, **new()[ROOT])
    for answer in (api.get(f"{PATH}/{elsewhere.pk}"), api.post(f"{PATH}/{elsewhere.pk}:test")):
        assert read(answer, 404) == missing("identity provider", "IdentityProvider", elsewhere.pk)
