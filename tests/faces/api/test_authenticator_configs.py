"""R/authenticator-configs (contract/wire.md §1.2, §1.8; extensions.md §5)."""

from typing import Any

import pytest

from apps.applications.models import Application
from apps.authenticators.models import AuthenticatorConfig
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.caller import FORBIDDEN, UNKNOWN, Caller, read, violations
from tests.faces.api.test_preconditions import at_once, caller
from tests.world import World, build, web

PATH = "/authenticator-configs"
HOSTED: dict[str, Any] = {
    "type": "hosted_web",
    "authentication_methods": [{"type": "webauthn_passkey", "device_bound": "required"}, {"type": "software_passkey"}],
    "trusted_origins": ["https://app.acme.test"],
}
EMBEDDED: dict[str, Any] = {
    "type": "embedded",
    "invoke_url": "com.acme.app://sign-in",
    "invocation_type": "manual",
    "trusted_origins": ["https://app.acme.test"],
    "authentication_methods": [],
}


def given(config: Any = None, **further: Any) -> dict[str, Any]:
    return {
        "authenticator_config": {"display_name": "Staff", "config": HOSTED if config is None else config, **further}
    }


def change(**fields: Any) -> dict[str, Any]:
    return {"authenticator_config": fields}


@pytest.fixture
def made(api: Caller) -> dict[str, Any]:
    return read(api.post(PATH, given(EMBEDDED)))


@pytest.mark.parametrize("config", [HOSTED, EMBEDDED])
def test_create_answers_the_bare_config(world: World, api: Caller, config: dict[str, Any]) -> None:
    response = api.post(PATH, given(config))
    body = read(response)
    assert body == {
        "id": body["id"],
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "display_name": "Staff",
        "config": config,
    }
    assert read(api.get(f"{PATH}/{body['id']}")) == body
    assert response["ETag"] == api.get(f"{PATH}/{body['id']}")["ETag"]
    event = record.last(world.realm, EventType.AUTHENTICATOR_CONFIG_CHANGE)
    assert (event.data["action"], event.actor_id) == ("CREATE", str(world.acme.management_api.pk))
    assert event.targets == [{"type": "authenticator_config", "id": body["id"], "display_name": "Staff"}]


def test_invocation_is_automatic_unless_said(api: Caller) -> None:
    config = {name: EMBEDDED[name] for name in ("type", "invoke_url", "trusted_origins")}
    assert read(api.post(PATH, given(config)))["config"]["invocation_type"] == "automatic"


def test_an_origin_is_kept_as_browsers_send_it(api: Caller) -> None:
    written = ["https://App.Acme.test/", "https://app.acme.test:443", "http://LOCALHOST:80", "https://a.test:4430"]
    config = read(api.post(PATH, given({**EMBEDDED, "trusted_origins": written})))["config"]
    sent = ["https://app.acme.test", "https://app.acme.test", "http://localhost", "https://a.test:4430"]
    assert config["trusted_origins"] == sent


def test_all_of_the_realm_a_hundred_to_a_page(world: World, api: Caller, made: dict[str, Any]) -> None:
    first = read(api.get(PATH, page_size=1, skip=1))
    assert (first["total_size"], len(first["authenticator_configs"])) == (2, 1)
    assert first["authenticator_configs"][0]["id"] == str(world.acme.customers.config.pk)
    rest = read(api.get(PATH, page_token=first["next_page_token"]))
    assert rest == {"authenticator_configs": [made], "total_size": 2}
    source = world.acme.customers.config
    AuthenticatorConfig.objects.bulk_create(
        AuthenticatorConfig(
            realm=world.realm, tenant=world.acme.tenant, display_name="Many", type=source.type, config=source.config,
            created_at=world.ctx.now, updated_at=world.ctx.now,
        )
        for _ in range(101)
    )  # fmt: skip
    for asked in ({}, {"page_size": 500}):
        page = read(api.get(PATH, **asked))
        assert (len(page["authenticator_configs"]), page["total_size"]) == (100, 103)
        assert "next_page_token" in page


def test_a_change_changes_what_is_given_and_nothing_else(world: World, api: Caller, made: dict[str, Any]) -> None:
    path = f"{PATH}/{made['id']}"
    renamed = read(api.patch(path, change(display_name="App", id="x", realm_id=7)))
    assert renamed == {**made, "display_name": "App"}
    changed = read(api.patch(path, change(config={"trusted_origins": []})))
    assert changed["config"] == {**EMBEDDED, "trusted_origins": []}
    event = record.last(world.realm, EventType.AUTHENTICATOR_CONFIG_CHANGE)
    assert event.data["changes"] == {"config": [EMBEDDED, changed["config"]]}


def test_another_type_begins_anew(api: Caller, made: dict[str, Any]) -> None:
    assert read(api.patch(f"{PATH}/{made['id']}", change(config=HOSTED)))["config"] == HOSTED
    refused = api.patch(f"{PATH}/{made['id']}", change(config={"type": "embedded"}))
    assert violations(refused) == [("authenticator_config.config.invoke_url", "missing")]


def test_a_version_that_was_changed_meanwhile_is_not_overwritten(api: Caller, made: dict[str, Any]) -> None:
    path = f"{PATH}/{made['id']}"
    old = api.get(path)["ETag"]
    assert api.patch(path, change(display_name="App"), If_Match=old).status_code == 200
    assert read(api.patch(path, change(display_name="Web"), If_Match=old), 412)["code"] == "precondition_failed"
    assert read(api.delete(path, If_Match=old), 412)["code"] == "precondition_failed"
    assert read(api.get(path))["display_name"] == "App"


def test_delete_takes_it_away(world: World, api: Caller, made: dict[str, Any]) -> None:
    response = api.delete(f"{PATH}/{made['id']}")
    assert (response.status_code, response.content) == (200, b"")
    for method in ("GET", "DELETE"):
        assert read(api.call(method, f"{PATH}/{made['id']}"), 404) == UNKNOWN
    assert record.last(world.realm, EventType.AUTHENTICATOR_CONFIG_CHANGE).data["action"] == "DELETE"


def test_what_an_application_uses_stays(world: World, api: Caller) -> None:
    used = str(world.acme.customers.config.pk)
    words = "the authenticator config is in use"
    info = {"type": "ResourceInfo", "resource_type": "AuthenticatorConfig", "id": used, "description": words}
    assert read(api.delete(f"{PATH}/{used}"), 409) == {"code": "conflict", "message": words, "details": [info]}
    assert api.get(f"{PATH}/{used}").status_code == 200
    assert record.last(world.realm, EventType.AUTHENTICATOR_CONFIG_CHANGE).outcome == "CONFLICT"


def test_what_is_managed_does_not_change(world: World, api: Caller) -> None:
    admin = api.at(world.acme.admin_realm)
    managed = world.acme.console.authenticator_config
    assert managed is not None
    before = read(admin.get(f"{PATH}/{managed.pk}"))
    assert read(admin.patch(f"{PATH}/{managed.pk}", change(display_name="Mine")), 403) == FORBIDDEN
    assert read(admin.delete(f"{PATH}/{managed.pk}"), 403) == FORBIDDEN
    assert read(admin.get(f"{PATH}/{managed.pk}")) == before


ROOT = "authenticator_config.config"
METHODS = "must be one of webauthn_passkey, software_passkey, email_one_time_password"
BAD: list[tuple[Any, list[tuple[str, str]]]] = [
    ({}, [(f"{ROOT}.type", "missing")]),
    ([], [(ROOT, "not an object")]),
    ({"type": ["embedded"]}, [(f"{ROOT}.type", "must be hosted_web or embedded")]),
    ({"type": "none"}, [(f"{ROOT}.type", "must be hosted_web or embedded")]),
    ({"type": "hosted_web"}, [(f"{ROOT}.authentication_methods", "missing"), (f"{ROOT}.trusted_origins", "missing")]),
    ({"type": "embedded"}, [(f"{ROOT}.trusted_origins", "missing"), (f"{ROOT}.invoke_url", "missing")]),
    ({**HOSTED, "invoke_url": "https://a.test"}, [(f"{ROOT}.invoke_url", "unknown field")]),
    ({**HOSTED, "authentication_methods": "x"}, [(f"{ROOT}.authentication_methods", "not a list")]),
    ({**HOSTED, "authentication_methods": [{}, 1]}, [(f"{ROOT}.authentication_methods.{i}.type", METHODS) for i in (0, 1)]),
    (
        {**HOSTED, "authentication_methods": [{"type": "software_passkey", "device_bound": "any"}]},
        [(f"{ROOT}.authentication_methods.0.device_bound", "unknown field")],
    ),
    (
        {**HOSTED, "authentication_methods": [{"type": "webauthn_passkey", "device_bound": {}}]},
        [(f"{ROOT}.authentication_methods.0.device_bound", "must be one of required, preferred, any")],
    ),
    ({**HOSTED, "trusted_origins": None}, [(f"{ROOT}.trusted_origins", "not a list")]),
    ({**HOSTED, "trusted_origins": ["https://a.test"] * 1001}, [(f"{ROOT}.trusted_origins", "array exceeds 1000 elements")]),
    (
        {**HOSTED, "trusted_origins": ["*"]},
        [(f"{ROOT}.trusted_origins.0", "not an origin: give scheme://host[:port] alone")],
    ),
    ({**EMBEDDED, "invoke_url": "javascript:alert(1)"}, [(f"{ROOT}.invoke_url", "scheme not allowed")]),
    ({**EMBEDDED, "invocation_type": 1}, [(f"{ROOT}.invocation_type", "must be automatic or manual")]),
]  # fmt: skip


@pytest.mark.parametrize(("config", "told"), BAD)
def test_a_bad_config_is_told_field_by_field(api: Caller, config: Any, told: list[tuple[str, str]]) -> None:
    assert violations(api.post(PATH, given(config))) == told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, [("authenticator_config", "missing")]),
        (change(), [("authenticator_config.display_name", "missing"), ("authenticator_config.config", "missing")]),
        (given(display_name=""), [("authenticator_config.display_name", "empty string")]),
        (given(display_name="x" * 65), [("authenticator_config.display_name", "longer than 64 characters")]),
        (given(display_name=7), [("authenticator_config.display_name", "not a string")]),
        (given(is_managed=True), [("authenticator_config.is_managed", "unknown field")]),
    ],
)
def test_a_bad_body_is_told_field_by_field(api: Caller, body: Any, told: list[tuple[str, str]]) -> None:
    assert violations(api.post(PATH, body)) == told


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"config": 1}, (ROOT, "not an object")),
        ({"config": {"x": 1}}, (f"{ROOT}.x", "unknown field")),
        ({"config": {"type": None}}, (f"{ROOT}.type", "missing")),
        ({"display_name": None}, ("authenticator_config.display_name", "missing")),
        ({"name": "x"}, ("authenticator_config.name", "unknown field")),
    ],
)
def test_a_bad_change_changes_nothing(
    api: Caller, made: dict[str, Any], fields: dict[str, Any], told: tuple[str, str]
) -> None:
    assert violations(api.patch(f"{PATH}/{made['id']}", change(**fields))) == [told]
    assert read(api.get(f"{PATH}/{made['id']}")) == made


@pytest.mark.parametrize("wanted", ["x", "01234567-89ab-7def-8123-456789abcdef", "é"])
def test_an_unknown_id_says_no_more_than_that(api: Caller, wanted: str) -> None:
    for response in (
        api.get(f"{PATH}/{wanted}"),
        api.patch(f"{PATH}/{wanted}", change()),
        api.delete(f"{PATH}/{wanted}"),
    ):
        assert read(response, 404) == UNKNOWN


@pytest.mark.django_db(transaction=True)
def test_a_config_is_used_or_gone_but_never_both() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    config = read(caller(token, world).post(PATH, given()))["id"]
    protocol = web(redirect_uri="https://app.acme.test/callback")
    application = {"display_name": "Shop", "authenticator_config_id": config, "protocol_config": protocol}

    def act(number: int) -> int:
        if number % 2:
            return caller(token, world).post("/applications", {"application": application}).status_code
        return caller(token, world).delete(f"{PATH}/{config}").status_code

    statuses = at_once(4, act)
    used = Application.objects.filter(authenticator_config_id=config).count()
    assert AuthenticatorConfig.objects.filter(pk=config).exists() == bool(used)
    assert sorted(set(statuses)) in ([200, 409], [200, 400, 404], [200, 404])
