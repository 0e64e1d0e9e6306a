"""Applications at the console: what is changed on their pages, their secrets, and how they go."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.services import applications as applications_verbs
from tests.faces.console.application_forms import (
    admin_url,
    base,
    configuration,
    find,
    last_change,
    secret_in,
    url,
    works,
)
from tests.world import World, web

pytestmark = pytest.mark.django_db


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
