"""Authenticators at the console: where people sign in, and which passkeys are taken."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.authenticators import selectors as authenticators
from apps.authenticators import services as authenticators_verbs
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from tests import ceremonies
from tests.world import World

pytestmark = pytest.mark.django_db


def base(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/authenticators"


def url(world: World) -> str:
    return f"{base(world)}/{world.acme.customers.config.pk}"


def admin_url(world: World) -> str:
    config = world.acme.console.authenticator_config
    assert config is not None
    return f"/console/realms/{world.acme.admin_realm.pk}/authenticators/{config.pk}"


def find(world: World, name: str) -> Any:
    return authenticators.authenticator_configs_in(world.realm).get(display_name=name)


def read(world: World) -> Any:
    return authenticators.get_authenticator_config(world.realm, world.acme.customers.config.pk)


def last_change(world: World) -> Any:
    return events.events_in(world.realm, EventFilter(types=["AUTHENTICATOR_CONFIG_CHANGE"]))[0]


HOSTED = {"name": "Staff", "type": "hosted_web", "device_bound": "required"}
EMBEDDED = {
    "name": "App",
    "type": "embedded",
    "device_bound": "any",
    "invoke_url": "com.acme.app://sign-in",
    "invocation_type": "manual",
    "trusted_origins": "https://app.acme.test/\r\nhttp://localhost:5173",
}


def test_a_hosted_authenticator_is_created_and_its_event_names_who_did_it(world: World, ada: Client) -> None:
    answer = ada.post(f"{base(world)}/new", HOSTED)
    made = find(world, "Staff")
    assert (answer.status_code, answer["Location"]) == (303, f"{base(world)}/{made.pk}")
    assert made.config == {
        "type": "hosted_web",
        "authentication_methods": [{"type": "webauthn_passkey", "device_bound": "required"}],
        "trusted_origins": [],
    }
    assert (last_change(world).actor_id, last_change(world).outcome) == (world.ada.pk, "SUCCESS")


def test_an_embedded_authenticator_is_created(world: World, ada: Client) -> None:
    ada.post(f"{base(world)}/new", EMBEDDED)
    config = find(world, "App").config
    assert (config["invoke_url"], config["invocation_type"]) == ("com.acme.app://sign-in", "manual")
    assert config["trusted_origins"] == ["https://app.acme.test", "http://localhost:5173"]


def test_what_is_not_asked_of_hosted_pages_does_not_matter(world: World, ada: Client) -> None:
    ada.post(f"{base(world)}/new", EMBEDDED | HOSTED | {"trusted_origins": "nonsense", "invoke_url": ""})
    assert "invoke_url" not in find(world, "Staff").config


def test_how_people_sign_in_is_said_when_it_is_made(world: World, ada: Client) -> None:
    invited = {**HOSTED, "method": "invitation", "fallback": "none", "recovery": "admin_only"}
    assert ada.post(f"{base(world)}/new", invited).status_code == 303
    assert find(world, "Staff").config.get("authentication_profile") is None
    opened = {"name": "Shop", "method": "software_passkey", "fallback": "none", "sign_up": "on", "recovery": "email"}
    assert ada.post(f"{base(world)}/new", {**HOSTED, **opened}).status_code == 303
    made = find(world, "Shop").config
    assert made["authentication_profile"]["sign_up"]["enabled"] is True
    assert made["authentication_profile"]["returning"] == {"method": "software_passkey", "fallback": "none"}
    kinds = [method["type"] for method in made["authentication_methods"]]
    assert kinds == ["webauthn_passkey", "software_passkey", "email_one_time_password"]


def test_an_app_of_ones_own_has_no_such_pages_whatever_was_ticked_before(world: World, ada: Client) -> None:
    assert ada.post(f"{base(world)}/new", {**EMBEDDED, "method": "nonsense"}).status_code == 303
    assert "authentication_profile" not in find(world, "App").config


def test_one_made_for_an_application_leads_back_to_what_was_typed_there_and_is_chosen(
    world: World, ada: Client
) -> None:
    here = f"/console/realms/{world.realm.pk}/applications/new"
    typed = {"name": "Our shop", "redirect_uris": "https://shop.test/a", "kind": "web", "once": "x" * 24}
    ada.get(f"{here}?kind=web")
    away = ada.post(f"{here}?kind=web", {**typed, "step": "authenticator"})["Location"]
    assert away.startswith(f"{base(world)}/new?for=")
    assert ada.post(away, HOSTED | {"name": ""}).status_code == 422
    form = ada.get(ada.post(away, HOSTED)["Location"]).context["form"]
    made = find(world, HOSTED["name"])
    shown = {name: form[name].value() for name in ("name", "redirect_uris", "once", "authenticator")}
    chosen = {
        "name": "Our shop",
        "redirect_uris": "https://shop.test/a",
        "once": "x" * 24,
        "authenticator": str(made.pk),
    }
    assert shown == chosen
    assert not form.is_bound
    assert ada.post(f"{base(world)}/new?for=no-id", HOSTED | {"name": "Another"})["Location"].startswith(base(world))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (HOSTED | {"name": ""}, "This field is required"),
        (HOSTED | {"name": "a" * 65}, "at most 64 characters"),
        (HOSTED | {"name": "{x}"}, "a character that is not allowed"),
        (HOSTED | {"type": "phone"}, "Select a valid choice"),
        (HOSTED | {"device_bound": ""}, "This field is required"),
        (EMBEDDED | {"invoke_url": ""}, "This field is required"),
        (EMBEDDED | {"invoke_url": "javascript:alert(1)"}, "Scheme not allowed."),
        (EMBEDDED | {"invoke_url": "http://app.acme.test/"}, "Must be https"),
        (EMBEDDED | {"trusted_origins": "https://a.test\nhttps://b.test/path"}, "https://b.test/path: Not an origin"),
        (EMBEDDED | {"trusted_origins": "https://*.test"}, "https://*.test: No host."),
        (EMBEDDED | {"invocation_type": "sometimes"}, "Select a valid choice"),
        ({}, "This field is required"),
    ],
)
def test_an_authenticator_that_cannot_be_says_why_beside_the_field(
    world: World, ada: Client, form: dict[str, str], words: str
) -> None:
    answer = ada.post(f"{base(world)}/new", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert authenticators.authenticator_configs_in(world.realm).count() == 1


def test_the_list_says_how_many_applications_use_each(world: World, ada: Client) -> None:
    ada.post(f"{base(world)}/new", HOSTED)
    listed = ada.get(base(world)).context["listed"]
    assert {each["name"]: each["applications"] for each in listed} == {"Shop sign-in": 1, "Staff": 0}


def test_an_authenticator_is_changed(world: World, ada: Client) -> None:
    version = ada.get(url(world)).context["form"]["version"].value()
    form = {"name": "Front door", "device_bound": "preferred", "version": version}
    assert ada.post(url(world), form).status_code == 303
    assert (read(world).display_name, read(world).device_bound) == ("Front door", "preferred")


def test_methods_the_form_does_not_know_are_kept(world: World, ada: Client) -> None:
    methods = [{"type": "email_one_time_password"}, {"type": "webauthn_passkey", "device_bound": "any"}]
    authenticators_verbs.update_authenticator_config(
        world.ctx, world.acme.customers.config, settings={"type": "hosted_web", "authentication_methods": methods}
    )
    version = ada.get(url(world)).context["form"]["version"].value()
    ada.post(url(world), {"name": "Front door", "device_bound": "required", "version": version})
    assert read(world).config["authentication_methods"] == [
        {"type": "email_one_time_password"},
        {"type": "webauthn_passkey", "device_bound": "required"},
    ]


def test_a_change_beside_somebody_elses_shows_both(world: World, ada: Client) -> None:
    version = ada.get(url(world)).context["form"]["version"].value()
    authenticators_verbs.update_authenticator_config(world.at(timedelta(seconds=1)), read(world), display_name="Theirs")
    answer = ada.post(url(world), {"name": "Mine", "device_bound": "any", "version": version})
    assert answer.status_code == 409
    assert [(each.label, each.stored) for each in answer.context["form"].differences] == [("Name", "Theirs")]
    assert read(world).display_name == "Theirs"


def test_an_unused_authenticator_is_deleted(world: World, ada: Client) -> None:
    ada.post(f"{base(world)}/new", HOSTED)
    answer = ada.post(f"{base(world)}/{find(world, 'Staff').pk}/delete")
    assert (answer.status_code, answer["Location"]) == (303, base(world))
    assert last_change(world).data["action"] == "DELETE"


def test_one_that_an_application_uses_stays_and_says_which(world: World, ada: Client) -> None:
    answer = ada.post(f"{url(world)}/delete")
    assert answer.status_code == 409
    assert "Nothing was deleted" in answer.content.decode()
    assert f"/applications/{world.application.pk}" in answer.content.decode()
    assert read(world)


def test_one_that_links_were_made_with_stays_and_says_so(world: World, ada: Client) -> None:
    ada.post(f"{base(world)}/new", HOSTED)
    ceremonies.invite(world, world.bob, find(world, "Staff"))
    answer = ada.post(f"{base(world)}/{find(world, 'Staff').pk}/delete")
    assert answer.status_code == 409
    assert "Links to create a passkey were made with it" in answer.content.decode()


def test_the_managed_one_shows_no_controls_and_refuses_to_change(world: World, ada: Client) -> None:
    page = ada.get(admin_url(world)).content.decode()
    assert "This authenticator is managed" in page
    assert 'name="name"' not in page
    assert 'id="delete"' not in page
    ada.post(admin_url(world), {"name": "Mine", "device_bound": "any"})
    ada.post(f"{admin_url(world)}/delete")
    config = world.acme.console.authenticator_config
    assert config is not None
    kept = authenticators.get_authenticator_config(world.acme.admin_realm, config.pk)
    assert kept.display_name == "Console sign-in"


@pytest.mark.parametrize("path", ["", "/delete"])
def test_one_of_elsewhere_is_not_found(world: World, ada: Client, eve: Client, path: str) -> None:
    other = f"/console/realms/{world.acme.staff.realm.pk}/authenticators/{world.acme.customers.config.pk}{path}"
    own = f"/console/realms/{world.evil.customers.realm.pk}/authenticators/{world.acme.customers.config.pk}{path}"
    for client, address in ((ada, other), (ada, f"{base(world)}/none{path}"), (eve, own), (eve, f"{url(world)}{path}")):
        assert client.get(address).status_code == 404
        assert client.post(address, {"name": "Mine"}).status_code == 404


def test_who_may_only_read_sees_no_controls_and_changes_nothing(world: World, clerk: Callable[..., Client]) -> None:
    reader = clerk("authenticator-configs:read")
    assert "Create authenticator" not in reader.get(base(world)).content.decode()
    assert 'name="name"' not in reader.get(url(world)).content.decode()
    refused = [
        reader.get(f"{base(world)}/new"),
        reader.post(f"{base(world)}/new", HOSTED),
        reader.post(url(world), {"name": "Mine", "device_bound": "any"}),
        reader.post(f"{url(world)}/delete"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert read(world).display_name == "Shop sign-in"


def test_forms_without_a_csrf_token_are_refused(world: World, sign_in: Callable[..., Client]) -> None:
    strict = sign_in(world.acme, enforce_csrf_checks=True)
    for path in (f"{base(world)}/new", url(world), f"{url(world)}/delete"):
        assert strict.post(path, HOSTED).status_code == 403


def form_of(world: World, **changes: Any) -> dict[str, Any]:
    config = read(world)
    return {"name": config.display_name, "device_bound": "any", "version": config.updated_at.isoformat(), **changes}


PROFILE = {"method": "webauthn_passkey", "fallback": "email_one_time_password", "sign_up": "on", "recovery": "email"}


def test_how_people_sign_in_is_chosen_and_taken_back(world: World, ada: Client) -> None:
    assert ada.post(url(world), form_of(world, **PROFILE)).status_code == 303
    stored = read(world).config
    assert stored["authentication_profile"]["returning"] == {
        "method": "webauthn_passkey", "fallback": "email_one_time_password",
    }  # fmt: skip
    assert stored["authentication_profile"]["sign_up"]["enabled"] is True
    assert [each["type"] for each in stored["authentication_methods"]] == [
        "webauthn_passkey",
        "email_one_time_password",
    ]
    assert "checked" in ada.get(url(world)).content.decode().partition('value="webauthn_passkey"')[2][:60]
    ada.post(url(world), form_of(world))  # a form that does not ask changes nothing
    assert read(world).config == stored
    ada.post(url(world), form_of(world, **PROFILE | {"method": "invitation"}))
    assert "authentication_profile" not in read(world).config


def test_a_switch_of_method_says_how_many_people_it_meets_before_it_is_saved(world: World, ada: Client) -> None:
    ceremonies.give_passkey(world, world.bob)
    ceremonies.give_passkey(world, world.acme.customers.carol)
    ceremonies.give_passkey(world, world.acme.staff.bob)  # another realm's
    switch = PROFILE | {"method": "software_passkey"}
    asked = ada.post(url(world), form_of(world, **switch))
    assert (asked.status_code, "2 people have passkeys of the other kind only" in asked.content.decode()) == (422, True)
    assert "authentication_profile" not in read(world).config
    assert ada.post(url(world), form_of(world, **switch, knows="on")).status_code == 303
    assert read(world).config["authentication_profile"]["returning"]["method"] == "software_passkey"
