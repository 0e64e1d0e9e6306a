"""R/applications (contract/wire.md §1.2, §1.7; extensions.md §4, §10)."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from apps.applications.models import Application, ResourceServer
from apps.applications.protocol import GRANT_TYPES
from apps.applications.selectors import get_application
from apps.applications.services import resource_servers
from apps.authenticators import services as authenticators
from apps.events.types import EventType
from apps.onboarding import seeds
from apps.tokens.services.exchange import TokenRefused, exchange
from tests import record
from tests.faces.api.caller import FORBIDDEN, UNKNOWN, Caller, read, violations
from tests.world import World

PATH = "/applications"
ROOT = "application.protocol_config"
GRANTS = ", ".join(GRANT_TYPES)
REFRESH: dict[str, Any] = {"enabled": False, "expires_after": 0, "rotate": True}
TOKEN: dict[str, Any] = {
    "expires_after": 600,
    "token_signing_algorithm": "ES256",
    "subject_field": "id",
    "refresh_token": REFRESH,
}
MACHINE: dict[str, Any] = {
    "type": "oauth2",
    "allowed_scopes": [],
    "confidentiality": "confidential",
    "token_endpoint_auth_method": "client_secret_post",
    "grant_type": ["client_credentials"],
    "redirect_uris": [],
    "token_configuration": TOKEN,
    "pkce": "disabled",
    "token_format": "self_contained",
    "post_logout_redirect_uris": [],
    "backchannel_logout_session_required": False,
    "require_pushed_authorization_requests": False,
    "require_signed_request_object": False,
    "dpop_bound_access_tokens": False,
    "subject_type": "public",
    "security_profile": "baseline",
    "is_first_party": True,
}
WEB: dict[str, Any] = {
    **MACHINE,
    "type": "oidc",
    "grant_type": ["authorization_code"],
    "redirect_uris": ["https://auth.mypetapp.com/callback"],
    "token_configuration": {**TOKEN, "subject_field": "email"},
}


def given(protocol_config: Any = None, **further: Any) -> dict[str, Any]:
    config = MACHINE if protocol_config is None else protocol_config
    return {"application": {"display_name": "Pet Application", "protocol_config": config, **further}}


def change(**fields: Any) -> dict[str, Any]:
    return {"application": fields}


def protocol(**fields: Any) -> dict[str, Any]:
    return change(protocol_config=fields)


@pytest.fixture
def pets(world: World) -> ResourceServer:
    return resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Pets", identifier="https://pets.test", scopes=["pets:read", "pets:write"]
    )


@pytest.fixture
def web(world: World, api: Caller, pets: ResourceServer) -> dict[str, Any]:
    config = {**WEB, "allowed_scopes": ["pets:read"]}
    ids = {"resource_server_id": str(pets.pk), "authenticator_config_id": str(world.acme.customers.config.pk)}
    made = read(api.post(PATH, given(config, **ids)))
    del made["protocol_config"]["client_secret"]
    return made


def works(world: World, application_id: str, client_secret: str) -> bool:
    application = get_application(world.realm, application_id)
    form = {"grant_type": "client_credentials", "client_id": application.client_id, "client_secret": client_secret}
    try:
        answer = exchange(world.visitor, application, form=urlencode(form), headers={})
    except TokenRefused:
        return False
    return "access_token" in json.loads(answer.body)


# --- create -------------------------------------------------------------------------------------------------------------
def test_create_answers_the_bare_application_and_its_secret_once(world: World, api: Caller) -> None:
    response = api.post(PATH, given())
    made = read(response)
    secret = made["protocol_config"].pop("client_secret")
    assert made == {
        "id": made["id"],
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "display_name": "Pet Application",
        "is_managed": False,
        "protocol_config": {**MACHINE, "client_id": made["protocol_config"]["client_id"]},
    }
    assert (len(made["protocol_config"]["client_id"]), len(secret)) == (24, 48)
    assert works(world, made["id"], secret)
    again = api.get(f"{PATH}/{made['id']}")
    assert (read(again), again["ETag"]) == (made, response["ETag"])
    assert made in read(api.get(PATH))["applications"]
    assert response["Cache-Control"] == "no-store"
    assert secret not in str(record.last(world.realm, EventType.APPLICATION_CHANGE).data)


def test_the_reference_of_each_is_in_the_answer(world: World, web: dict[str, Any], pets: ResourceServer) -> None:
    assert web["resource_server_id"] == str(pets.pk)
    assert web["authenticator_config_id"] == str(world.acme.customers.config.pk)
    assert web["protocol_config"] == {
        **WEB,
        "allowed_scopes": ["pets:read"],
        "client_id": web["protocol_config"]["client_id"],
    }


def test_a_public_client_has_no_secret(world: World, api: Caller) -> None:
    config = {name: WEB[name] for name in ("type", "redirect_uris", "token_configuration")}
    ids = {"authenticator_config_id": str(world.acme.customers.config.pk)}
    made = read(api.post(PATH, given({**config, "confidentiality": "public"}, **ids)))["protocol_config"]
    assert "client_secret" not in made
    assert (made["token_endpoint_auth_method"], made["pkce"]) == ("none", "s256")
    assert (made["token_format"], made["grant_type"]) == ("self_contained", ["authorization_code"])


def test_little_is_needed(api: Caller) -> None:
    made = read(api.post(PATH, given({"type": "oauth2", "grant_type": ["client_credentials"]})))["protocol_config"]
    expected = {"expires_after": 86_400, "token_signing_algorithm": "RS256", "subject_field": "id"}
    assert made["token_configuration"] == {**expected, "refresh_token": REFRESH}
    assert (made["confidentiality"], made["token_endpoint_auth_method"]) == ("confidential", "client_secret_basic")


def test_managed_applications_say_what_they_are(world: World, api: Caller) -> None:
    body = read(api.at(world.acme.admin_realm).get(f"{PATH}/{world.acme.management_api.pk}"))
    assert (body["is_managed"], body["classification"]) == (True, "management_api")
    assert "client_secret" not in body["protocol_config"]


def test_a_hundred_to_a_page_and_nothing_skipped(world: World, api: Caller) -> None:
    Application.objects.bulk_create(
        Application(
            realm=world.realm, tenant=world.acme.tenant, display_name="Many", client_id=f"many-{i}",
            client_type="public", grant_types=["authorization_code"], created_at=world.ctx.now, updated_at=world.ctx.now,
        )
        for i in range(101)
    )  # fmt: skip
    for asked in ({}, {"page_size": 500}, {"skip": 100}):
        page = read(api.get(PATH, **asked))
        assert (len(page["applications"]), page["total_size"]) == (100, 102)
    rest = read(api.get(PATH, page_token=read(api.get(PATH))["next_page_token"]))
    assert (len(rest["applications"]), "next_page_token" in rest) == (2, False)


def test_reading_costs_three_queries_with_the_token(world: World, api: Caller, django_assert_num_queries: Any) -> None:
    api.get(PATH)
    for path in (PATH, f"{PATH}/{world.application.pk}"):
        with django_assert_num_queries(3):
            api.get(path)


# --- update -------------------------------------------------------------------------------------------------------------
def test_a_change_of_the_name_leaves_the_rest(api: Caller, web: dict[str, Any]) -> None:
    changed = read(api.patch(f"{PATH}/{web['id']}", change(display_name="Pets", id="x", is_managed=True)))
    assert changed == {**web, "display_name": "Pets"}


def test_given_fields_of_the_protocol_change_and_no_others(world: World, api: Caller, web: dict[str, Any]) -> None:
    path = f"{PATH}/{web['id']}"
    changed = read(api.patch(path, protocol(pkce="s256", token_configuration={"expires_after": 60}, client_id="mine")))
    token = {**WEB["token_configuration"], "expires_after": 60}
    expected = {**web["protocol_config"], "pkce": "s256", "token_configuration": token}
    assert changed == {**web, "protocol_config": expected}
    event = record.last(world.realm, EventType.APPLICATION_CHANGE)
    assert event.data["changes"] == {"pkce": ["disabled", "s256"], "token_expires_after": [600, 60]}
    assert read(api.patch(path, protocol(redirect_uris=["https://a.test"])))["protocol_config"] == {
        **expected,
        "redirect_uris": ["https://a.test"],
    }


def test_what_was_read_can_be_written_back(api: Caller, web: dict[str, Any]) -> None:
    assert read(api.patch(f"{PATH}/{web['id']}", {"application": web})) == web


def test_a_client_that_becomes_public_proves_nothing_any_more(api: Caller, web: dict[str, Any]) -> None:
    changed = read(api.patch(f"{PATH}/{web['id']}", protocol(confidentiality="public", pkce="s256")))
    assert changed["protocol_config"]["token_endpoint_auth_method"] == "none"


def test_scopes_go_with_their_resource_server(api: Caller, web: dict[str, Any]) -> None:
    path = f"{PATH}/{web['id']}"
    for none in (None, ""):
        refused = api.patch(path, change(resource_server_id=none))
        assert violations(refused) == [(f"{ROOT}.allowed_scopes.0", "not a scope of the resource server")]
    changed = read(api.patch(path, change(resource_server_id=None, protocol_config={"allowed_scopes": []})))
    assert "resource_server_id" not in changed
    assert changed["protocol_config"]["allowed_scopes"] == []


def test_who_signs_people_in_keeps_an_authenticator(world: World, api: Caller, web: dict[str, Any]) -> None:
    other = authenticators.create_authenticator_config(
        world.ctx, world.realm, display_name="Other", config=seeds.HOSTED_PASSKEYS
    )
    path = f"{PATH}/{web['id']}"
    changed = read(api.patch(path, change(authenticator_config_id=str(other.pk))))
    assert changed == {**web, "authenticator_config_id": str(other.pk)}
    assert violations(api.patch(path, change(authenticator_config_id=None))) == [
        ("application.authenticator_config_id", "missing")
    ]


def test_a_version_that_was_changed_meanwhile_is_not_overwritten(api: Caller, web: dict[str, Any]) -> None:
    path = f"{PATH}/{web['id']}"
    old = api.get(path)["ETag"]
    assert api.patch(path, change(display_name="Pets"), If_Match=old).status_code == 200
    assert read(api.patch(path, protocol(pkce="s256"), If_Match=old), 412)["code"] == "precondition_failed"
    assert read(api.delete(path, If_Match=old), 412)["code"] == "precondition_failed"
    assert read(api.post(f"{path}:rotateSecret", If_Match=old), 412)["code"] == "precondition_failed"
    assert read(api.get(path)) == {**web, "display_name": "Pets"}


# --- secrets, delete, managed -------------------------------------------------------------------------------------------
def test_a_new_secret_is_told_once_and_the_old_one_is_dead(world: World, api: Caller) -> None:
    made = read(api.post(PATH, given()))
    old = made["protocol_config"].pop("client_secret")
    for body in ([], [{}], [{"grace_period": 0}]):
        rotated = read(api.post(f"{PATH}/{made['id']}:rotateSecret", *body))
        new = rotated["protocol_config"].pop("client_secret")
        assert rotated == made
        assert (works(world, made["id"], old), works(world, made["id"], new)) == (False, True)
        old = new
    assert read(api.get(f"{PATH}/{made['id']}")) == made
    assert record.last(world.realm, EventType.APPLICATION_CHANGE).data["action"] == "ROTATE_SECRET"


def test_in_the_grace_period_both_secrets_work(world: World, api: Caller) -> None:
    made = read(api.post(PATH, given()))
    rotated = read(api.post(f"{PATH}/{made['id']}:rotateSecret", {"grace_period": 60}))
    for answer in (made, rotated):
        assert works(world, made["id"], answer["protocol_config"]["client_secret"])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"grace_period": period}, ("grace_period", "must be 0 to 2592000 seconds"))
        for period in (-1, 2_592_001, 1.5, True, "60", None)
    ]
    + [({"grace": 1}, ("grace", "unknown field"))],
)
def test_a_bad_grace_period_rotates_nothing(world: World, api: Caller, body: Any, told: tuple[str, str]) -> None:
    made = read(api.post(PATH, given()))
    assert violations(api.post(f"{PATH}/{made['id']}:rotateSecret", body)) == [told]
    assert works(world, made["id"], made["protocol_config"]["client_secret"])


def test_a_public_client_has_no_secret_to_rotate(api: Caller, web: dict[str, Any]) -> None:
    api.patch(f"{PATH}/{web['id']}", protocol(confidentiality="public", pkce="s256"))
    words = "a public client has no secret"
    info = {"type": "ResourceInfo", "resource_type": "Application", "id": web["id"], "description": words}
    assert read(api.post(f"{PATH}/{web['id']}:rotateSecret"), 422) == {
        "code": "unprocessable_entity",
        "message": words,
        "details": [info],
    }


def test_delete_takes_its_tokens_along(world: World, api: Caller) -> None:
    made = read(api.post(PATH, given()))
    assert works(world, made["id"], made["protocol_config"]["client_secret"])
    response = api.delete(f"{PATH}/{made['id']}")
    assert (response.status_code, response.content) == (200, b"")
    for method in ("GET", "DELETE"):
        assert read(api.call(method, f"{PATH}/{made['id']}"), 404) == UNKNOWN
    assert record.last(world.realm, EventType.APPLICATION_CHANGE).data["action"] == "DELETE"


def test_what_is_managed_does_not_change(world: World, api: Caller) -> None:
    admin = api.at(world.acme.admin_realm)
    for managed in (world.acme.console, world.acme.management_api):
        path = f"{PATH}/{managed.pk}"
        before = read(admin.get(path))
        assert read(admin.patch(path, change(display_name="Mine")), 403) == FORBIDDEN
        assert read(admin.patch(path, protocol(pkce="disabled")), 403) == FORBIDDEN
        assert read(admin.delete(path), 403) == FORBIDDEN
        assert read(admin.get(path)) == before


# --- bad input ----------------------------------------------------------------------------------------------------------
ALGORITHMS = "must be one of RS256, PS256, ES256, EdDSA"
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"type": None}, "type", "missing"),
    ({"type": "saml"}, "type", "must be one of oauth2, oidc"),
    ({"x": 1}, "x", "unknown field"),
    ({"confidentiality": []}, "confidentiality", "must be one of confidential, public"),
    ({"grant_type": []}, "grant_type", f"must be a list of {GRANTS}"),
    ({"grant_type": ["client_credentials", "implicit"]}, "grant_type.1", f"must be one of {GRANTS}"),
    ({"grant_type": [{}]}, "grant_type.0", f"must be one of {GRANTS}"),
    ({"token_format": "opaque"}, "token_format", "must be one of self_contained, referential"),
    ({"pkce": 256}, "pkce", "must be one of disabled, plain, s256"),
    ({"redirect_uris": "https://a.test"}, "redirect_uris", "not a list"),
    ({"redirect_uris": ["https://a.test"] * 1001}, "redirect_uris", "array exceeds 1000 elements"),
    ({"redirect_uris": ["http://a.test"]}, "redirect_uris.0", "must be https (http for loopback only)"),
    ({"redirect_uris": [1]}, "redirect_uris.0", "missing"),
    ({"allowed_scopes": ["pets:read"]}, "allowed_scopes.0", "not a scope of the resource server"),
    ({"allowed_scopes": ["x"] * 1001}, "allowed_scopes", "array exceeds 1000 elements"),
    ({"token_configuration": None}, "token_configuration", "not an object"),
    ({"token_configuration": {}}, "token_configuration.expires_after", "missing"),
    ({"token_configuration": {**TOKEN, "expires_after": 0}}, "token_configuration.expires_after",
     "must be 1 to 31622400 seconds"),
    ({"token_configuration": {**TOKEN, "expires_after": "600"}}, "token_configuration.expires_after",
     "must be 1 to 31622400 seconds"),
    ({"token_configuration": {**TOKEN, "token_signing_algorithm": "HS256"}},
     "token_configuration.token_signing_algorithm", ALGORITHMS),
    ({"token_configuration": {**TOKEN, "subject_field": "email"}}, "token_configuration.subject_field",
     "must be id when only client_credentials is granted"),
    ({"token_configuration": {**TOKEN, "x": 1}}, "token_configuration.x", "unknown field"),
    ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method",
     "must not be none for a confidential client"),
    ({"token_endpoint_auth_method": "tls"}, "token_endpoint_auth_method",
     "must be one of client_secret_basic, client_secret_post, private_key_jwt, none"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "field", "words"), BAD)
def test_a_bad_protocol_config_is_told_field_by_field(
    api: Caller, fields: dict[str, Any], field: str, words: str
) -> None:
    assert (f"{ROOT}.{field}", words) in violations(api.post(PATH, given({**MACHINE, **fields})))


def test_a_field_that_is_no_list_is_not_missing_as_well(api: Caller) -> None:
    refused = violations(api.post(PATH, given({**WEB, "redirect_uris": "https://a.test"})))
    assert [words for field, words in refused if field.endswith("redirect_uris")] == ["not a list"]


def test_signing_people_in_needs_a_way_and_a_place_to_return_to(api: Caller) -> None:
    assert violations(api.post(PATH, given({**WEB, "redirect_uris": []}))) == [
        (f"{ROOT}.redirect_uris", "missing"),
        ("application.authenticator_config_id", "missing"),
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, [("application", "missing")]),
        (change(), [("application.display_name", "missing"), (ROOT, "missing")]),
        (given(display_name="a/b"), [("application.display_name", None)]),
        (given(display_name="x" * 65), [("application.display_name", "longer than 64 characters")]),
        (given([]), [(ROOT, "not an object")]),
        (given(scopes=[]), [("application.scopes", "unknown field")]),
        (given(resource_server_id=7), [("application.resource_server_id", "not a string")]),
        (
            given(resource_server_id="x", authenticator_config_id="x"),
            [("application.authenticator_config_id", "not found"), ("application.resource_server_id", "not found")],
        ),
    ],
)
def test_a_bad_body_is_told_field_by_field(api: Caller, body: Any, told: list[tuple[str, str | None]]) -> None:
    found = violations(api.post(PATH, body))
    assert [field for field, _ in found] == [field for field, _ in told]
    assert all(words in (None, said) for (_, said), (_, words) in zip(found, told, strict=True))


def test_things_of_another_realm_cannot_be_named(world: World, api: Caller) -> None:
    for place in (world.acme.staff, world.evil.customers):
        refused = api.post(PATH, given(WEB, authenticator_config_id=str(place.config.pk)))
        assert violations(refused) == [("application.authenticator_config_id", "not found")]


@pytest.mark.parametrize("wanted", ["x", "01234567-89ab-7def-8123-456789abcdef", "é"])
def test_an_unknown_id_says_no_more_than_that(api: Caller, wanted: str) -> None:
    path = f"{PATH}/{wanted}"
    for response in (api.get(path), api.patch(path, change()), api.delete(path), api.post(f"{path}:rotateSecret")):
        assert read(response, 404) == UNKNOWN
