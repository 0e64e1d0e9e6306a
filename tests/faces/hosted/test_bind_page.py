"""The page on which a passkey is created: for whom, what for, with what; and never the end of the link by itself."""

import json

import pytest
from django.test import Client as Browser

from apps.authenticators import services as authenticators
from apps.core import secrets
from apps.credentials import invoke
from apps.credentials.selectors import get_job
from apps.credentials.services import passkeys
from apps.credentials.services.jobs import JobWithLink
from apps.directory.services import identities
from apps.directory.traits import parse
from tests import ceremonies
from tests.faces import doors
from tests.world import World


@pytest.fixture
def invitation(world: World) -> JobWithLink:
    return ceremonies.invite(world, world.bob, post_binding_redirect_uri="https://shop.acme.test/welcome")


def test_it_says_whom_it_is_for_and_what_a_passkey_is(invitation: JobWithLink, client: Browser) -> None:
    html = client.get(doors.bind_page(invitation)).content.decode()
    assert "<h1>Create your passkey</h1>" in html
    assert "<strong>Customers</strong>" in html
    assert "Bob Baker" in html
    assert '<span class="account-text">bob</span>' in html
    assert "fingerprint, face or PIN" in html
    assert "What we collect" in html
    assert 'href="https://shop.acme.test/welcome"' in html


def test_an_administrator_reads_of_the_console(world: World, client: Browser) -> None:
    html = client.get(doors.bind_page(ceremonies.invite(world, world.ada))).content.decode()
    assert "open the console of <strong>Acme</strong>" in html


def test_the_browser_is_asked_for_a_passkey_of_this_person_alone(
    world: World, invitation: JobWithLink, client: Browser
) -> None:
    known = ceremonies.give_passkey(world, world.bob)
    data = doors.data_of(client.get(doors.bind_page(invitation)))
    asked = data["publicKey"]
    token = ceremonies.token_of(invitation.link)
    assert json.loads(secrets.from_base64url(asked["challenge"])) == {
        "sub": invoke.proof_subject(invitation.job), "token": token,
    }  # fmt: skip
    assert asked["rp"] == {"id": "localhost", "name": "Customers"}
    assert asked["user"] == {"id": passkeys.user_handle(world.bob), "name": "bob", "displayName": "Bob Baker"}
    assert asked["excludeCredentials"] == [{"type": "public-key", "id": known.webauthn_id, "transports": []}]
    assert [each["alg"] for each in asked["pubKeyCredParams"]] == [-7, -8, -257]
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["attestation"] == "none"
    assert data["bindUrl"] == f"{invoke.job_path(invitation.job)}:bind"


def test_the_options_of_the_page_make_a_passkey_that_signs_in(
    world: World, invitation: JobWithLink, client: Browser
) -> None:
    data = doors.data_of(client.get(doors.bind_page(invitation)))
    passkey = ceremonies.SoftPasskey()
    challenge = secrets.from_base64url(data["publicKey"]["challenge"])
    handle = secrets.from_base64url(data["publicKey"]["user"]["id"])
    made = passkey.create(challenge, origin=data["origin"], user_handle=handle)
    body = {"type": "WEBAUTHN", "raw": made.raw}
    headers = {"Authorization": f"Bearer {data['token']}"}
    assert client.post(data["bindUrl"], body, content_type=doors.JSON, headers=headers).status_code == 200
    page = doors.arrive(client, ceremonies.client_of(world))
    assert doors.answer(client, page, doors.signed(page, passkey)).json()["type"] == "allow"


def test_attestation_is_asked_for_only_where_the_device_matters(world: World, client: Browser) -> None:
    config = {
        "type": "hosted_web",
        "authentication_methods": [{"type": "webauthn_passkey", "device_bound": "required"}],
    }
    made = authenticators.create_authenticator_config(world.ctx, world.realm, display_name="Strict", config=config)
    page = client.get(doors.bind_page(ceremonies.invite(world, world.bob, made)))
    assert doors.data_of(page)["publicKey"]["attestation"] == "direct"


def test_a_reload_changes_nothing(invitation: JobWithLink, client: Browser) -> None:
    pages = [client.get(doors.bind_page(invitation)) for _ in range(3)]
    assert {page.status_code for page in pages} == {200}
    assert get_job(invitation.job.realm, invitation.job.pk).state == "LINK_SENT"


def test_nobody_else_keeps_the_page_or_learns_its_address(invitation: JobWithLink, client: Browser) -> None:
    page = client.get(doors.bind_page(invitation))
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


@pytest.mark.parametrize("part", ["tenant_id", "realm_id", "identity_id", "job_id", "token"])
@pytest.mark.parametrize("value", ["", "0" * 16, "\u00e4", "x" * 3000])
def test_an_address_with_a_changed_part_is_not_complete(
    invitation: JobWithLink, client: Browser, part: str, value: str
) -> None:
    page = client.get(doors.bind_page(invitation, **{part: value}))
    assert page.status_code == 401
    assert "<h1>This link is not complete</h1>" in page.content.decode()


def test_a_link_opens_at_no_other_authenticator(world: World, invitation: JobWithLink, client: Browser) -> None:
    right = doors.bind_page(invitation)
    customers, staff, evil = world.acme.customers, world.acme.staff, world.evil.customers
    swaps = [
        (str(customers.config.pk), str(staff.config.pk)),
        (str(customers.config.pk), "00000000-0000-7000-8000-000000000000"),
        (f"realms/{customers.realm.pk}", f"realms/{staff.realm.pk}"),
        (f"tenants/{world.acme.tenant.pk}/realms/{customers.realm.pk}", f"{evil.realm.path}"),
    ]
    for here, elsewhere in swaps:
        assert here in right
        assert client.get(right.replace(here, elsewhere, 1)).status_code == 401


def test_where_proofs_go_is_never_taken_from_the_address(invitation: JobWithLink, client: Browser) -> None:
    page = client.get(doors.bind_page(invitation, api_base_url="https://evil.test"))
    assert page.status_code == 200
    assert "evil.test" not in page.content.decode()


def test_names_are_shown_as_they_are_and_never_run(world: World, client: Browser) -> None:
    username = '</script><img src=x onerror=alert(1)>"'
    traits = parse({"type": "traits_v0", "username": username}, creating=True)
    mallory = identities.create_identity(world.ctx, world.realm, display_name="Mallory", traits=traits)
    page = client.get(doors.bind_page(ceremonies.invite(world, mallory)))
    assert "<img src=x" not in page.content.decode()
    assert doors.data_of(page)["account"]["username"] == username
