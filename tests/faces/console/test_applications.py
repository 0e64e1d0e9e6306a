"""Applications at the console: making them, telling them what to know, changing them, ending them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.hashers import SHA256SecretHasher
from apps.applications.services import applications as applications_verbs
from apps.events import selectors as events
from apps.events.models import Event
from apps.events.selectors import EventFilter
from apps.onboarding import services as onboarding
from tests.world import World, web

pytestmark = pytest.mark.django_db

SECRET = re.compile(r"[\w-]{48}")


def base(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/applications"


def url(world: World) -> str:
    return f"{base(world)}/{world.application.pk}"


def admin_url(world: World, application: Any) -> str:
    return f"/console/realms/{world.acme.admin_realm.pk}/applications/{application.pk}"


def filled(world: World, client: Client, **changes: Any) -> dict[str, Any]:
    """The form of a new web application, as the page offers it."""
    page = client.get(f"{base(world)}/new?kind=web")
    return {
        "once": page.context["form"]["once"].value(),
        "name": "Payroll",
        "kind": "web",
        "redirect_uris": "https://payroll.test/callback\r\n\r\n  http://localhost:3000/callback  ",
        "authenticator": str(world.acme.customers.config.pk),
        "expires_after": "3600",
        "signing_algorithm": "ES256",
        **changes,
    }


def configuration(world: World, client: Client, **changes: Any) -> dict[str, Any]:
    """The configuration form as it stands, with some answers changed."""
    form = client.get(f"{url(world)}/configuration").context["form"]
    values = {name: form[name].value() for name in form.fields}
    values["redirect_uris"] = form["redirect_uris"].value()
    return {name: value for name, value in values.items() if value is not None} | changes


def find(world: World, name: str) -> Any:
    return applications.applications_in(world.realm).get(display_name=name)


def last_change(world: World) -> Any:
    return events.events_in(world.realm, EventFilter(types=["APPLICATION_CHANGE"]))[0]


def secret_in(page: str) -> str:
    return page.partition('class="secret"')[2].partition("data-copy=")[2].partition("data-copy=")[2][1:49]


def works(application: Any, secret: str) -> bool:
    return SHA256SecretHasher().verify(secret, application.client_secret)


def test_a_web_application_is_created_and_its_secret_shown_in_the_answer(world: World, ada: Client) -> None:
    answer = ada.post(f"{base(world)}/new", filled(world, ada))
    page = answer.content.decode()
    made = find(world, "Payroll")
    assert answer.status_code == 200
    assert SECRET.fullmatch(secret_in(page))
    assert works(made, secret_in(page))
    assert made.client_id in page
    assert made.redirect_uri_list == ["https://payroll.test/callback", "http://localhost:3000/callback"]
    assert (made.client_type, made.grant_types, made.pkce) == ("confidential", ["authorization_code"], "s256")
    assert (last_change(world).actor_id, last_change(world).outcome) == (world.ada.pk, "SUCCESS")


def test_a_secret_is_shown_once_and_kept_nowhere(world: World, ada: Client) -> None:
    answer = ada.post(f"{base(world)}/new", filled(world, ada))
    secret = secret_in(answer.content.decode())
    assert answer["Cache-Control"] == "no-store"
    assert secret not in str(answer.cookies)
    made = find(world, "Payroll")
    for path in ("", "/configuration", "/quick-start", "/rotate-secret", "/delete"):
        assert secret not in ada.get(f"{base(world)}/{made.pk}{path}").content.decode()
    assert not any(secret in f"{event.data}{event.targets}" for event in Event.objects.all())


def test_a_form_sent_twice_makes_one_application(world: World, ada: Client) -> None:
    form = filled(world, ada)
    ada.post(f"{base(world)}/new", form)
    made = find(world, "Payroll")
    again = ada.post(f"{base(world)}/new", form)
    assert (again.status_code, again["Location"]) == (303, f"{base(world)}/{made.pk}")
    assert "was made by this form already" in ada.get(again["Location"]).content.decode()
    assert find(world, "Payroll").pk == made.pk


def test_two_forms_make_two_applications_of_one_name(world: World, ada: Client) -> None:
    for _ in range(2):
        ada.post(f"{base(world)}/new", filled(world, ada))
    assert applications.applications_in(world.realm).filter(display_name="Payroll").count() == 2


def test_a_public_application_has_no_secret(world: World, ada: Client) -> None:
    page = ada.post(f"{base(world)}/new", filled(world, ada, kind="native", redirect_uris="com.payroll.app:/back"))
    assert 'class="secret"' not in page.content.decode()
    assert "There is no secret to keep" in page.content.decode()
    assert find(world, "Payroll").client_type == "public"


def test_a_machine_needs_neither_redirects_nor_an_authenticator(world: World, ada: Client) -> None:
    form = filled(world, ada, kind="machine", redirect_uris="not asked", authenticator="")
    page = ada.post(f"{base(world)}/new", form)
    made = find(world, "Payroll")
    assert works(made, secret_in(page.content.decode()))
    assert (made.protocol, made.grant_types, made.redirect_uri_list) == ("oauth2", ["client_credentials"], [])
    assert made.authenticator_config is None


def test_a_machine_of_the_admin_realm_gets_scopes_of_the_management_api(world: World, ada: Client) -> None:
    server = world.acme.management_api.resource_server
    assert server is not None
    form = filled(world, ada, kind="machine", scopes=[f"{server.pk} identities:read", f"{server.pk} scim:all"])
    ada.post(f"/console/realms/{world.acme.admin_realm.pk}/applications/new", form)
    made = applications.applications_in(world.acme.admin_realm).get(display_name="Payroll")
    assert (made.resource_server, made.allowed_scopes) == (server, ["identities:read", "scim:all"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"name": "a;b"}, "a character that is not allowed"),
        ({"name": "a\x00b"}, "Null characters are not allowed"),
        ({"kind": "desktop"}, "Choose one of these"),
        ({"redirect_uris": ""}, "This field is required"),
        ({"redirect_uris": "https://ok.test/\nhttp://shop.test/cb"}, "http://shop.test/cb: Must be https"),
        ({"redirect_uris": "https://a.test/#x"}, "https://a.test/#x: Must not have a fragment."),
        ({"redirect_uris": "https://a.test/\x00"}, "Contains characters that a URL cannot have."),
        ({"redirect_uris": "com.app:/cb"}, "com.app:/cb: Scheme not allowed."),
        ({"authenticator": ""}, "This field is required"),
        ({"authenticator": "0199a3f2-77c1-7e5a-b1f0-6a1d9a2c44e1"}, "Select a valid choice"),
        ({"expires_after": "0"}, "Select a valid choice"),
        ({"signing_algorithm": "none"}, "Select a valid choice"),
    ],
)
def test_an_application_that_cannot_be_says_why_beside_the_field(
    world: World, ada: Client, changes: dict[str, str], words: str
) -> None:
    answer = ada.post(f"{base(world)}/new", filled(world, ada, **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert applications.applications_in(world.realm).count() == 1


def test_a_form_without_its_token_says_so(world: World, ada: Client) -> None:
    answer = ada.post(f"{base(world)}/new", filled(world, ada, once=""))
    assert answer.status_code == 422
    assert "Load the page again" in answer.content.decode()


def test_another_realms_authenticator_cannot_be_chosen(world: World, ada: Client) -> None:
    elsewhere = str(world.acme.staff.config.pk)
    assert ada.post(f"{base(world)}/new", filled(world, ada, authenticator=elsewhere)).status_code == 422


def test_a_refused_form_may_be_mended_and_sent_again(world: World, ada: Client) -> None:
    form = filled(world, ada, redirect_uris="http://shop.test/cb")
    refused = ada.post(f"{base(world)}/new", form)
    assert refused.context["form"]["once"].value() == form["once"]
    assert ada.post(f"{base(world)}/new", form | {"redirect_uris": "https://shop.test/cb"}).status_code == 200


def test_a_realm_without_an_authenticator_leads_to_making_one(world: World, ada: Client) -> None:
    realm = onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name="New")
    page = ada.get(f"/console/realms/{realm.pk}/applications/new?kind=web").content.decode()
    assert 'name="step" value="authenticator"' in page
    typed = {"kind": "web", "step": "authenticator", "name": "Shop"}
    away = ada.post(f"/console/realms/{realm.pk}/applications/new?kind=web", typed)["Location"]
    assert away.startswith(f"/console/realms/{realm.pk}/authenticators/new?for=")


def test_the_protocol_page_has_everything_an_application_must_know(world: World, ada: Client) -> None:
    page = ada.get(url(world)).content.decode()
    issuer = f"/v1/{world.application.path}"
    for value in (
        world.application.client_id,
        f"{issuer}/authorize",
        f"{issuer}/token",
        f"{issuer}/userinfo",
        f"{issuer}/.well-known/jwks.json",
        f"{issuer}/.well-known/openid-configuration",
    ):
        assert value in page


def test_an_application_is_changed_and_the_event_says_what(world: World, ada: Client) -> None:
    form = configuration(world, ada, name="Storefront", expires_after="900", redirect_uris="https://store.test/cb")
    assert ada.post(f"{url(world)}/configuration", form).status_code == 303
    changed = applications.get_application(world.realm, world.application.pk)
    assert (changed.display_name, changed.token_expires_after_seconds) == ("Storefront", 900)
    assert last_change(world).data["changes"]["redirect_uris"] == [
        ["http://localhost:3000/callback"],
        ["https://store.test/cb"],
    ]
    assert changed.client_secret == world.application.client_secret


def test_saving_what_stands_changes_nothing(world: World, ada: Client) -> None:
    assert ada.post(f"{url(world)}/configuration", configuration(world, ada)).status_code == 303
    assert "changes" not in last_change(world).data


def test_what_the_form_does_not_show_stays(world: World, ada: Client) -> None:
    applications_verbs.update_application(
        world.ctx,
        world.application,
        display_name="Shop",
        protocol_config=web(
            grant_type=["authorization_code", "client_credentials"],
            token_configuration={"expires_after": 5400, "token_signing_algorithm": "ES256", "subject_field": "email"},
        ),
        authenticator_config=world.acme.customers.config,
        resource_server=None,
    )
    assert ada.post(f"{url(world)}/configuration", configuration(world, ada, name="Renamed")).status_code == 303
    kept = applications.get_application(world.realm, world.application.pk)
    assert kept.grant_types == ["authorization_code", "client_credentials"]
    assert (kept.token_expires_after_seconds, kept.subject_field) == (5400, "email")


def test_a_change_beside_somebody_elses_shows_both(world: World, ada: Client) -> None:
    form = configuration(world, ada, name="Mine", redirect_uris="https://mine.test/cb")
    applications_verbs.update_application(
        world.at(timedelta(seconds=1)),
        applications.get_application(world.realm, world.application.pk),
        display_name="Theirs",
        protocol_config=web("https://theirs.test/cb"),
        authenticator_config=world.acme.customers.config,
        resource_server=None,
    )
    answer = ada.post(f"{url(world)}/configuration", form)
    assert answer.status_code == 409
    assert [(each.label, each.stored) for each in answer.context["form"].differences] == [
        ("Name", "Theirs"),
        ("Redirect URIs", "https://theirs.test/cb"),
    ]
    assert "https://mine.test/cb" in answer.content.decode()
    again = form | {"version": answer.context["form"]["version"].value()}
    assert ada.post(f"{url(world)}/configuration", again).status_code == 303
    assert find(world, "Mine").redirect_uri_list == ["https://mine.test/cb"]


def test_a_bad_change_is_refused_beside_its_field_and_nothing_is_saved(world: World, ada: Client) -> None:
    answer = ada.post(f"{url(world)}/configuration", configuration(world, ada, name="New", redirect_uris="ftp://x"))
    assert answer.status_code == 422
    assert "ftp://x: Scheme not allowed." in answer.content.decode()
    assert applications.get_application(world.realm, world.application.pk).display_name == "Shop"


def test_a_secret_is_rotated_with_grace_and_shown_once(world: World, ada: Client) -> None:
    version = ada.get(url(world)).context["rotation"]["version"].value()
    form = {"version": version, "grace_seconds": "3600"}
    answer = ada.post(f"{url(world)}/rotate-secret", form)
    rotated = applications.get_application(world.realm, world.application.pk)
    assert works(rotated, secret_in(answer.content.decode()))
    assert rotated.previous_secret == world.application.client_secret
    assert last_change(world).data["action"] == "ROTATE_SECRET"


def test_a_rotation_sent_again_does_not_throw_away_the_new_secret(world: World, ada: Client) -> None:
    form = {"version": ada.get(url(world)).context["rotation"]["version"].value(), "grace_seconds": "0"}
    secret = secret_in(ada.post(f"{url(world)}/rotate-secret", form).content.decode())
    again = ada.post(f"{url(world)}/rotate-secret", form)
    assert (again.status_code, again["Location"]) == (303, url(world))
    assert "No new secret was made" in ada.get(url(world)).content.decode()
    assert works(applications.get_application(world.realm, world.application.pk), secret)


@pytest.mark.parametrize("grace", ["", "-1", "86401", "x"])
def test_a_grace_that_is_not_offered_is_refused(world: World, ada: Client, grace: str) -> None:
    assert ada.post(f"{url(world)}/rotate-secret", {"version": "", "grace_seconds": grace}).status_code == 422


def test_an_application_is_deleted_when_its_name_is_typed(world: World, ada: Client) -> None:
    assert ada.post(f"{url(world)}/delete", {"confirmation": "shop"}).status_code == 422
    answer = ada.post(f"{url(world)}/delete", {"confirmation": "Shop"})
    assert (answer.status_code, answer["Location"]) == (303, base(world))
    assert not applications.applications_in(world.realm).exists()
    assert last_change(world).data["action"] == "DELETE"


def test_managed_applications_show_no_controls(world: World, ada: Client) -> None:
    page = ada.get(f"{admin_url(world, world.acme.console)}/configuration").content.decode()
    assert "This application is managed" in page
    assert 'name="name"' not in page
    assert 'id="delete"' not in page
    assert 'id="rotate"' not in ada.get(admin_url(world, world.acme.console)).content.decode()


def test_managed_applications_refuse_to_change(world: World, ada: Client) -> None:
    ada.post(f"{admin_url(world, world.acme.management_api)}/delete", {"confirmation": "Identity Cloud Management API"})
    form = {"name": "Mine", "expires_after": "3600", "signing_algorithm": "ES256"}
    ada.post(f"{admin_url(world, world.acme.management_api)}/configuration", form)
    stayed = applications.get_application(world.acme.admin_realm, world.acme.management_api.pk)
    assert stayed.display_name == "Identity Cloud Management API"


def test_the_secret_of_the_management_api_may_be_rotated(world: World, ada: Client) -> None:
    page = ada.get(admin_url(world, world.acme.management_api))
    form = {"version": page.context["rotation"]["version"].value(), "grace_seconds": "0"}
    answer = ada.post(f"{admin_url(world, world.acme.management_api)}/rotate-secret", form)
    rotated = applications.get_application(world.acme.admin_realm, world.acme.management_api.pk)
    assert works(rotated, secret_in(answer.content.decode()))


def test_a_public_application_has_nothing_to_rotate(world: World, ada: Client) -> None:
    address = f"{admin_url(world, world.acme.console)}/rotate-secret"
    assert "This client has no secret" in ada.get(address).content.decode()
    answer = ada.post(address, {"version": world.acme.console.updated_at.isoformat(), "grace_seconds": "0"})
    assert 'class="secret"' not in answer.content.decode()


def test_the_quick_start_of_the_management_api_names_real_things(world: World, ada: Client) -> None:
    page = ada.get(f"{admin_url(world, world.acme.management_api)}/quick-start").content.decode()
    first = world.acme.opened
    assert f"{world.acme.management_api.path}/token" in page
    assert f"/v1/{first.first_realm.path}/identities" in page
    assert str(first.first_config.pk) in page


def test_the_quick_start_of_a_web_application_names_its_own_values(world: World, ada: Client) -> None:
    page = ada.get(f"{url(world)}/quick-start").content.decode()
    assert world.application.client_id in page
    assert f"/v1/{world.application.path}" in page
    assert "http://localhost:3000/callback" in page


@pytest.mark.parametrize("path", ["", "/configuration", "/quick-start", "/rotate-secret", "/delete"])
@pytest.mark.parametrize("wrong", ["realm", "id", "tenant"])
def test_an_application_of_elsewhere_is_not_found(
    world: World, ada: Client, eve: Client, path: str, wrong: str
) -> None:
    addresses = {
        "realm": f"/console/realms/{world.acme.staff.realm.pk}/applications/{world.application.pk}",
        "id": f"{base(world)}/not-an-id",
        "tenant": f"/console/realms/{world.evil.customers.realm.pk}/applications/{world.application.pk}",
    }
    client = eve if wrong == "tenant" else ada
    assert client.get(f"{addresses[wrong]}{path}").status_code == 404
    if path in ("/configuration", "/rotate-secret", "/delete"):
        assert client.post(f"{addresses[wrong]}{path}", {"confirmation": "Shop"}).status_code == 404


def test_who_may_only_read_sees_no_controls_and_changes_nothing(world: World, clerk: Callable[..., Client]) -> None:
    reader = clerk("applications:read")
    assert "Create application" not in reader.get(base(world)).content.decode()
    assert 'id="rotate"' not in reader.get(url(world)).content.decode()
    assert 'name="redirect_uris"' not in reader.get(f"{url(world)}/configuration").content.decode()
    refused = [
        reader.get(f"{base(world)}/new"),
        reader.post(f"{base(world)}/new", {}),
        reader.post(f"{url(world)}/configuration", {}),
        reader.post(f"{url(world)}/rotate-secret", {}),
        reader.post(f"{url(world)}/delete", {"confirmation": "Shop"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    assert applications.get_application(world.realm, world.application.pk).updated_at == world.application.updated_at


def test_who_may_not_read_applications_is_refused_the_list(world: World, clerk: Callable[..., Client]) -> None:
    assert clerk("realms:read").get(base(world)).status_code == 403


def test_forms_without_a_csrf_token_are_refused(world: World, sign_in: Callable[..., Client]) -> None:
    strict = sign_in(world.acme, enforce_csrf_checks=True)
    for path in (f"{base(world)}/new", f"{url(world)}/rotate-secret", f"{url(world)}/delete"):
        assert strict.post(path, {"confirmation": "Shop"}).status_code == 403


def test_names_are_text_wherever_they_are_shown(world: World, ada: Client) -> None:
    form = filled(world, ada, name="Q&A 'quoted' \"twice\"")
    page = ada.post(f"{base(world)}/new", form).content.decode()
    made = find(world, "Q&A 'quoted' \"twice\"")
    for html in (page, ada.get(f"{base(world)}/{made.pk}/configuration").content.decode()):
        assert "Q&A 'quoted'" not in html
        assert "Q&amp;A &#x27;quoted&#x27; &quot;twice&quot;" in html


def test_applications_are_found_by_a_part_of_their_name_or_the_start_of_their_client_id(
    world: World, ada: Client
) -> None:
    ada.post(f"{base(world)}/new", filled(world, ada))
    for text in ("payr", find(world, "Payroll").client_id[:12]):
        assert [each["name"] for each in ada.get(base(world), {"q": text}).context["listed"]] == ["Payroll"]
    assert "Nothing matches" in ada.get(base(world), {"q": "nobody"}).content.decode()


def test_many_applications_are_walked_a_page_at_a_time(world: World, ada: Client) -> None:
    for number in range(55):
        applications_verbs.create_application(
            world.ctx,
            world.realm,
            display_name=f"Robot {number}",
            protocol_config={"type": "oauth2", "grant_type": ["client_credentials"]},
        )
    first = ada.get(base(world)).context
    second = ada.get(first["older_url"]).context
    assert (len(first["listed"]), first["newer_url"]) == (50, "")
    assert (len(second["listed"]), second["older_url"]) == (6, "")
    assert first["listed"][0]["name"] == "Robot 54"
    assert ada.get(second["newer_url"]).context["listed"] == first["listed"]


@pytest.mark.parametrize("cursor", ["nonsense", "0199a3f2-77c1-7e5a-b1f0-6a1d9a2c44e1"])
def test_a_cursor_of_nothing_shows_the_first_page(world: World, ada: Client, cursor: str) -> None:
    assert len(ada.get(base(world), {"before": cursor}).context["listed"]) == 1


def test_scopes_are_taken_away_and_their_server_stays(world: World, ada: Client) -> None:
    server = world.acme.management_api.resource_server
    assert server is not None
    made = applications_verbs.create_application(
        world.ctx,
        world.acme.admin_realm,
        display_name="Robot",
        protocol_config={
            "type": "oauth2",
            "grant_type": ["client_credentials"],
            "allowed_scopes": ["identities:read"],
            "token_configuration": {"expires_after": 60},
        },
        resource_server=server,
    ).application
    address = f"{admin_url(world, made)}/configuration"
    version = ada.get(address).context["form"]["version"].value()
    form = {"name": "Robot", "expires_after": "60", "signing_algorithm": "RS256", "version": version}
    form |= {"token_format": "self_contained", "security_profile": "baseline", "auth_method": "client_secret"}
    assert ada.post(address, form).status_code == 303
    changed = applications.get_application(world.acme.admin_realm, made.pk)
    assert (changed.allowed_scopes, changed.resource_server) == ([], server)


def test_an_empty_list_offers_one_way_to_begin(world: World, ada: Client) -> None:
    realm = onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name="New")
    page = ada.get(f"/console/realms/{realm.pk}/applications").content.decode()
    assert page.count("Create application") == 1
    assert "data-search" not in page.partition("<main")[2], "nothing to search in"


def test_nobody_makes_an_application_that_may_do_more_than_themselves(
    world: World, clerk: Callable[..., Client]
) -> None:
    server = world.acme.management_api.resource_server
    assert server is not None
    office = clerk("applications:read", "applications:create")
    form = filled(world, office, kind="machine", scopes=[f"{server.pk} identities:delete"])
    answer = office.post(f"/console/realms/{world.acme.admin_realm.pk}/applications/new", form)
    assert answer.status_code == 422
    assert "do not include identities:delete" in answer.content.decode()
    assert not applications.applications_in(world.acme.admin_realm).filter(display_name="Payroll").exists()
