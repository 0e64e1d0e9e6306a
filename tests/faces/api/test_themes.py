"""R/themes (contract/wire.md §1.2, §1.9)."""

from typing import Any

import pytest
from django.test import Client

from apps.core.times import rfc3339
from apps.events.models import Event
from apps.events.types import EventType
from apps.realms import themes
from apps.realms.look import look_of
from apps.realms.models import Realm, Theme
from tests import ceremonies
from tests.faces.api.caller import Caller, missing, read, violations
from tests.faces.api.test_preconditions import at_once
from tests.faces.api.told import change
from tests.world import World, build

LOOK = {
    "email_realm_name": "Acme Shop",
    "logo_url_light": "https://acme.test/light.png",
    "logo_url_dark": "https://acme.test/dark.png?v=2",
    "support_url": "https://acme.test:8443/help#contact",
    "button_color": "#4673D3",
    "button_text_color": "#ffffff",
}
DEFAULTS = {
    "logo_url_light": "",
    "logo_url_dark": "",
    "support_url": "",
    "button_color": "#4450C8",
    "button_text_color": "#FFFFFF",
}


def new(**given: Any) -> dict[str, Any]:
    return {"theme": {"email_realm_name": "Acme Shop", **given}}


def theme_json(row: Theme, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "tenant_id": row.tenant_id,
        "realm_id": row.realm_id,
        **{name: getattr(row, name) for name in LOOK},
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.updated_at),
        **changes,
    }


@pytest.fixture
def theme(world: World) -> Theme:
    return themes.create_theme(world.ctx, world.realm, **LOOK)


@pytest.fixture
def path(theme: Theme) -> str:
    return f"/themes/{theme.pk}"


# --- create -------------------------------------------------------------------------------------------------------------
def test_create_answers_the_bare_theme(world: World, api: Caller) -> None:
    response = api.post("/themes", {"theme": LOOK})
    row = Theme.objects.get(realm=world.realm)
    assert read(response) == theme_json(row, **LOOK)
    assert (row.tenant_id, row.realm_id) == (world.acme.tenant.pk, world.realm.pk)
    assert response["ETag"] == api.get(f"/themes/{row.pk}")["ETag"] == api.get("/themes/active")["ETag"]


def test_a_name_is_enough(world: World, api: Caller) -> None:
    made = read(api.post("/themes", new()))
    assert made == theme_json(Theme.objects.get(realm=world.realm), **DEFAULTS)


def test_create_leaves_its_event(world: World, api: Caller) -> None:
    made = read(api.post("/themes", new(support_url="https://acme.test/help")))
    event = change(world, world.realm, EventType.THEME_CHANGE)
    changes = {
        "email_realm_name": [None, "Acme Shop"],
        "support_url": [None, "https://acme.test/help"],
        "button_color": [None, "#4450C8"],
        "button_text_color": [None, "#FFFFFF"],
    }
    assert event.data == {"action": "CREATE", "changes": changes}
    assert event.targets == [{"type": "theme", "id": made["id"], "display_name": "Acme Shop"}]


def test_the_pages_of_the_realm_look_so_at_once(world: World, api: Caller) -> None:
    read(api.post("/themes", {"theme": LOOK}))
    look = look_of(world.realm)
    assert (look.organization_name, look.logo_url, look.brand_color) == (
        "Acme Shop",
        "https://acme.test/light.png",
        "#4673d3",
    )


def test_a_realm_has_one_theme(world: World, api: Caller, theme: Theme) -> None:
    words = "theme already exists for this realm"
    info = {"type": "ResourceInfo", "resource_type": "Theme", "id": str(theme.pk), "description": words}
    body = read(api.post("/themes", new(email_realm_name="Second")), 409)
    assert body == {"code": "conflict", "message": words, "details": [info]}
    change(world, world.realm, EventType.THEME_CHANGE, "CONFLICT")
    assert read(api.at(world.acme.staff.realm).post("/themes", new()))["email_realm_name"] == "Acme Shop"


def test_what_we_alone_say_is_ignored_in_a_request(world: World, api: Caller) -> None:
    lies = dict.fromkeys(("id", "tenant_id", "realm_id", "create_time", "update_time"), "1")
    assert read(api.post("/themes", new(**lies)))["realm_id"] == world.realm.pk


COLOR, URL = "must be a colour like #4673D3", "contains characters that a URL cannot have"
BAD_FIELDS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"email_realm_name": None}, [("theme.email_realm_name", "missing")]),
    ({"email_realm_name": ""}, [("theme.email_realm_name", "empty string")]),
    ({"email_realm_name": 7}, [("theme.email_realm_name", "not a string")]),
    ({"email_realm_name": "x" * 65}, [("theme.email_realm_name", "longer than 64 characters")]),
    *[
        ({"button_color": color}, [("theme.button_color", COLOR)])
        for color in (
            "",
            None,
            "4673D3",
            "#467",
            "#4673D3FF",
            "#4673DG",
            "red",
            "#4673D3\n",
            7,
            ["#4673D3"],
            "#４673D3",
        )
    ],
    ({"button_text_color": "white;}"}, [("theme.button_text_color", COLOR)]),
    ({"logo_url_light": "http://acme.test/logo.png"}, [("theme.logo_url_light", "must be https")]),
    ({"logo_url_light": "javascript:alert(1)"}, [("theme.logo_url_light", "must be https")]),
    ({"logo_url_light": "data:image/png;base64,AA"}, [("theme.logo_url_light", "must be https")]),
    ({"logo_url_light": "//acme.test/logo.png"}, [("theme.logo_url_light", "must be https")]),
    ({"logo_url_light": "logo.png"}, [("theme.logo_url_light", "must be https")]),
    ({"logo_url_dark": "https://"}, [("theme.logo_url_dark", "no host")]),
    ({"logo_url_dark": "https:///logo.png"}, [("theme.logo_url_dark", "no host")]),
    ({"logo_url_dark": "https://*.test/"}, [("theme.logo_url_dark", "no host")]),
    ({"logo_url_dark": "https://acme.test;script-src/"}, [("theme.logo_url_dark", "no host")]),
    ({"logo_url_dark": "https://ada@acme.test/"}, [("theme.logo_url_dark", "must not carry a user name")]),
    ({"support_url": "https://acme.test:x/"}, [("theme.support_url", "not a URL")]),
    ({"support_url": "https://[::1/"}, [("theme.support_url", "not a URL")]),
    ({"support_url": 'https://acme.test/"onerror='}, [("theme.support_url", URL)]),
    ({"support_url": "https://acme.test/<b>"}, [("theme.support_url", URL)]),
    ({"support_url": "https://acme.test/ x"}, [("theme.support_url", URL)]),
    ({"support_url": "https://äcme.test/"}, [("theme.support_url", URL)]),
    ({"support_url": "https://acme.test/" + "x" * 2048}, [("theme.support_url", "longer than 2048 characters")]),
    ({"support_url": 5}, [("theme.support_url", "not a string")]),
    (
        {"email_realm_name": "<", "button_color": 1, "css": "*{}", "fonts": {"deep": [1]}},
        [
            ("theme.email_realm_name", "contains a character that is not allowed: {}[]<>;:?\\/|*^%$#=~`!"),
            ("theme.button_color", COLOR),
            ("theme.css", "unknown field"),
            ("theme.fonts", "unknown field"),
        ],
    ),
]


def told() -> int:
    """Events of anything but a refusal."""
    return Event.objects.exclude(type=EventType.API_REQUEST_DENIED).count()


@pytest.mark.parametrize(("given", "expected"), BAD_FIELDS)
def test_a_bad_field_is_named(
    world: World, api: Caller, path: str, given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    before = told()
    assert violations(api.at(world.acme.staff.realm).post("/themes", new(**given))) == expected
    assert violations(api.patch(path, {"theme": given})) == expected
    assert (Theme.objects.count(), told()) == (1, before)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("theme", "missing")]),
        ([], [("theme", "missing")]),
        ({"theme": "dark"}, [("theme", "not an object")]),
        ({"themes": {}, "theme": {}}, [("themes", "unknown field")]),
    ],
)
def test_a_body_without_a_theme_is_refused(api: Caller, path: str, body: Any, expected: list[tuple[str, str]]) -> None:
    assert violations(api.post("/themes", body)) == expected
    assert violations(api.patch(path, body)) == expected


def test_a_theme_needs_a_name(api: Caller) -> None:
    assert violations(api.post("/themes", {"theme": {}})) == [("theme.email_realm_name", "missing")]


def test_the_same_request_again_gets_the_same_answer(api: Caller) -> None:
    first = api.post("/themes", new(), Idempotency_Key="k")
    again = api.post("/themes", new(), Idempotency_Key="k")
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (200, first.content, "true")


@pytest.mark.django_db(transaction=True)
def test_of_many_themes_one_is_made() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)

    def create(_: int) -> int:
        return Caller(Client(), token, world.realm).post("/themes", new()).status_code

    assert sorted(at_once(6, create)) == [200] + [409] * 5
    assert Theme.objects.filter(realm=world.realm).count() == 1


# --- read ---------------------------------------------------------------------------------------------------------------
def test_the_active_theme_is_the_realms_own(api: Caller, theme: Theme, path: str) -> None:
    assert read(api.get("/themes/active")) == read(api.get(path)) == theme_json(theme)


def test_without_one_the_defaults_are_active(world: World, api: Caller) -> None:
    """They have no id and no times: there is nothing yet to change or to have changed."""
    response = api.get("/themes/active")
    expected = {
        "tenant_id": world.acme.tenant.pk,
        "realm_id": world.realm.pk,
        "email_realm_name": "Customers",
        **DEFAULTS,
    }
    assert read(response) == expected
    assert api.call("GET", "/themes/active", If_None_Match=response["ETag"]).status_code == 304
    assert not Theme.objects.exists()


def test_a_theme_that_is_not_there_is_not_found(world: World, api: Caller, theme: Theme) -> None:
    foreign = themes.create_theme(world.ctx, world.acme.staff.realm, email_realm_name="Staff")
    evil = themes.create_theme(world.ctx, world.evil.customers.realm, email_realm_name="Evil")
    for wanted in ("72d0af37-a9bb-410c-b8a7-9aa127fd8739", "x", "é", "-", str(foreign.pk), str(evil.pk)):
        for response in (api.get(f"/themes/{wanted}"), api.patch(f"/themes/{wanted}", {})):
            assert read(response, 404) == missing("theme", "Theme", wanted)


def test_a_realm_that_is_not_there_is_named(world: World, api: Caller) -> None:
    nowhere = api.at(Realm(pk="19a95130480dfa79", tenant_id=world.acme.tenant.pk))
    for response in (nowhere.get("/themes/active"), nowhere.post("/themes", {})):
        assert read(response, 404) == missing("realm", "Realm", "19a95130480dfa79")


# --- change -------------------------------------------------------------------------------------------------------------
def test_patch_changes_what_is_given_and_nothing_else(world: World, api: Caller, theme: Theme, path: str) -> None:
    given = {"email_realm_name": "Acme", "button_color": "#000000", "support_url": None, "logo_url_dark": ""}
    changed = read(api.patch(path, {"theme": given}))
    theme.refresh_from_db()
    expected = {"email_realm_name": "Acme", "button_color": "#000000", "support_url": "", "logo_url_dark": ""}
    assert changed == theme_json(theme, **{**LOOK, **expected})
    assert changed["update_time"] > changed["create_time"]
    event = change(world, world.realm, EventType.THEME_CHANGE)
    assert event.data["action"] == "UPDATE"
    assert event.data["changes"] == {name: [LOOK[name], value] for name, value in expected.items()}


def test_patch_of_nothing_changes_nothing(world: World, api: Caller, theme: Theme, path: str) -> None:
    changed = read(api.patch(path, {"theme": {}}))
    theme.refresh_from_db()
    assert changed == theme_json(theme, **LOOK)
    assert change(world, world.realm, EventType.THEME_CHANGE).data == {"action": "UPDATE"}


def test_what_was_read_may_be_sent_back(api: Caller, path: str) -> None:
    assert api.patch(path, {"theme": read(api.get(path))}).status_code == 200


def test_if_match_refuses_the_reader_of_another_version(world: World, api: Caller, path: str) -> None:
    old = api.get(path)["ETag"]
    assert api.patch(path, new(email_realm_name="First"), If_Match=old).status_code == 200
    assert read(api.patch(path, new(email_realm_name="Second"), If_Match=old), 412)["code"] == "precondition_failed"
    assert read(api.get(path))["email_realm_name"] == "First"
    change(world, world.realm, EventType.THEME_CHANGE, "PRECONDITION_FAILED")


def test_the_admin_realm_may_have_a_look_of_its_own(world: World, api: Caller) -> None:
    assert read(api.at(world.acme.admin_realm).post("/themes", new()))["email_realm_name"] == "Acme Shop"


def test_a_theme_is_not_deleted(api: Caller, path: str) -> None:
    response = api.delete(path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, PATCH")


def test_reading_costs_three_queries_with_the_token(api: Caller, path: str, django_assert_num_queries: Any) -> None:
    for there in (path, "/themes/active"):
        api.get(there)
        with django_assert_num_queries(3):
            api.get(there)
