"""Applications at the console: how they are made."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.events.models import Event
from apps.onboarding import services as onboarding
from tests.faces.console.application_forms import SECRET, base, filled, find, last_change, secret_in, url, works
from tests.world import World

pytestmark = pytest.mark.django_db


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


def test_forms_without_a_csrf_token_are_refused(world: World, sign_in: Callable[..., Client]) -> None:
    strict = sign_in(world.acme, enforce_csrf_checks=True)
    for path in (f"{base(world)}/new", f"{url(world)}/rotate-secret", f"{url(world)}/delete"):
        assert strict.post(path, {"confirmation": "Shop"}).status_code == 403


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
