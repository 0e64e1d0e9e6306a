"""The sign-in page shows one open flow of this browser, and for everything else says what to do."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings
from django.test import Client as Browser

from apps.authentication.models import LoginFlow
from apps.events.models import Event
from apps.policy import services as policy
from apps.realms.models import Theme
from tests import ceremonies
from tests.ceremonies import Client
from tests.faces import doors
from tests.world import World


@pytest.fixture
def shop(world: World) -> Client:
    return ceremonies.client_of(world)


def at(location: str, **changes: str) -> str:
    """The page's path, with parts of the request changed."""
    parts = urlsplit(location)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return f"{parts.path}?{urlencode({**query, **changes})}"


def test_the_page_names_the_application_and_gives_its_script_the_challenge(
    world: World, shop: Client, client: Browser
) -> None:
    page = client.get(doors.path_of(doors.sent_to(client, shop, login_hint="bob")))
    html = page.content.decode()
    assert "<h1>Sign in to Shop</h1>" in html
    assert "<strong>Acme</strong><span>Customers</span>" in html
    assert "Continue with a passkey" in html
    data = doors.data_of(page)
    flow = LoginFlow.objects.get(pk=data["transactionId"])
    assert data["publicKey"] == {
        "challenge": flow.nonce, "rpId": "localhost", "userVerification": "required", "timeout": 300_000,
    }  # fmt: skip
    assert data["authenticateUrl"] == f"/v1/{shop.application.path}/bi-authenticate"
    assert (data["loginHint"], data["startsByItself"]) == ("bob", True)


def test_what_is_collected_is_listed_before_it_is_sent(shop: Client, client: Browser) -> None:
    page = client.get(doors.path_of(doors.sent_to(client, shop)))
    listed = doors.data_of(page)["signals"]
    assert [each["name"] for each in listed] == [
        "platform", "os_version", "browser", "browser_version", "language", "time_zone", "screen", "webauthn",
        "key_protection", "authenticator_version",
    ]  # fmt: skip
    for each in listed:
        assert f"<dt>{each['label']}</dt>" in page.content.decode()


def test_nobody_else_keeps_the_page_or_learns_its_address(shop: Client, client: Browser) -> None:
    page = client.get(doors.path_of(doors.sent_to(client, shop)))
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]


def test_looking_changes_nothing(shop: Client, client: Browser) -> None:
    location = doors.path_of(doors.sent_to(client, shop))
    before = Event.objects.count()
    pages = [client.get(location) for _ in range(3)]
    assert client.head(location).status_code == 200
    assert len({doors.data_of(page)["publicKey"]["challenge"] for page in pages}) == 1
    assert Event.objects.count() == before


def test_a_request_that_we_did_not_sign_leads_nowhere(world: World, shop: Client, client: Browser) -> None:
    location = doors.sent_to(client, shop)
    right = parse_qs(urlsplit(location).query)["request"][0]
    other = parse_qs(
        urlsplit(doors.sent_to(client, ceremonies.client_of(world, world.evil.customers.application))).query
    )
    wrong = [
        "", "x", "a.b.c", right[:-3], right + "A", "\u00e4.\u00e4.\u00e4", "." * 300, "A" * 20_000,
        ceremonies.forge(right, claims={"transaction_id": "00000000-0000-7000-8000-000000000000"}),
        ceremonies.forge(right, header={"alg": "none"}),
        ceremonies.forge(right, header={"typ": "at+jwt"}),
        other["request"][0],
    ]  # fmt: skip
    for request in wrong:
        page = client.get(at(location, request=request))
        assert page.status_code == 404, request
        assert "<h1>This sign-in cannot go on here</h1>" in page.content.decode()
    assert client.get(doors.path_of(location)).status_code == 200


def test_the_request_of_one_authenticator_opens_no_other(world: World, shop: Client, client: Browser) -> None:
    location = doors.path_of(doors.sent_to(client, shop))
    customers, staff, evil = world.acme.customers, world.acme.staff, world.evil.customers
    swaps = [
        (str(customers.config.pk), str(staff.config.pk)),
        (customers.realm.pk, staff.realm.pk),
        (world.acme.tenant.pk, world.evil.tenant.pk),
        (customers.realm.pk, evil.realm.pk),
        (customers.realm.pk, "0" * 16),
    ]
    for here, elsewhere in swaps:
        path, _, query = location.partition("?")
        assert client.get(f"{path.replace(here, elsewhere)}?{query}").status_code == 404


def test_another_browser_is_told_to_begin_again(shop: Client, client: Browser) -> None:
    location = doors.path_of(doors.sent_to(client, shop))
    page = Browser().get(location)
    assert page.status_code == 404
    assert "It began in another browser" in page.content.decode()


def test_a_finished_or_old_sign_in_is_over(world: World, shop: Client, client: Browser) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    location = doors.path_of(doors.sent_to(client, shop))
    data = doors.data_of(client.get(location))
    doors.answer(client, data, doors.signed(data, passkey))
    finished = client.get(location)
    old = doors.path_of(doors.sent_to(Browser(), shop))
    LoginFlow.objects.update(expires_at=world.ctx.now - timedelta(seconds=1))
    assert client.get(old).status_code in (404, 410)
    assert finished.status_code == 410
    assert "<h1>This sign-in is over</h1>" in finished.content.decode()


def test_who_was_refused_with_the_account_at_hand_is_told_why(world: World, shop: Client, client: Browser) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    data = doors.arrive(client, shop)
    doors.answer(client, data, doors.signed(data, passkey))
    closed = {
        "id": "closed", "name": "Closed", "transaction": "authentication", "condition": {},
        "action": {"type": "deny", "message": "The shop is closed."},
    }  # fmt: skip
    policy.save_draft(world.ctx, world.realm, [closed])
    policy.publish_draft(world.ctx, world.realm)
    page = client.get(doors.path_of(doors.sent_to(client, shop)))
    assert "The shop is closed." in page.content.decode()
    assert doors.data_of(page)["startsByItself"] is False


def test_a_realm_wears_its_own_colours_and_logo(world: World, shop: Client, client: Browser) -> None:
    Theme.objects.create(
        tenant=world.acme.tenant, realm=world.realm, email_realm_name="Acme Shop", support_url="https://help.acme.test",
        logo_url_light="https://cdn.acme.test/logo.png", button_color="#B00020", button_text_color="#FFFFFF",
        created_at=world.ctx.now, updated_at=world.ctx.now,
    )  # fmt: skip
    page = client.get(doors.path_of(doors.sent_to(client, shop)))
    html = page.content.decode()
    assert 'src="https://cdn.acme.test/logo.png"' in html
    assert "img-src 'self' data: https://cdn.acme.test;" in page["Content-Security-Policy"] + ";"
    assert 'href="https://help.acme.test"' in html
    sheet = html.partition('<link rel="stylesheet" href="/authenticator/')[2].partition('"')[0]
    css = client.get(f"/authenticator/{sheet}")
    assert css.content == b":root{--brand:#b00020;--brand-text:#ffffff;}\n"
    assert css["Content-Type"].startswith("text/css")
    assert "immutable" in css["Cache-Control"]
    stale = client.get(f"/authenticator/{sheet[:-5]}0.css")
    assert stale["Cache-Control"] == "no-store"


@pytest.mark.parametrize("colour", ["red", "#12345", "#fff;}*{}", "url(x)", ""])
def test_what_is_no_colour_never_reaches_a_stylesheet(world: World, client: Browser, colour: str) -> None:
    Theme.objects.create(
        tenant=world.acme.tenant, realm=world.realm, email_realm_name="Acme", button_color=colour[:7],
        button_text_color=colour[:7], created_at=world.ctx.now, updated_at=world.ctx.now,
    )  # fmt: skip
    css = client.get(f"/authenticator/v1/{world.realm.path}/theme-x.css")
    assert css.content == b":root{}\n"


@pytest.mark.parametrize(
    "logo", ["https://a.test;script-src *", "javascript:alert(1)", "//x", "https://a'b/l.png", "https://"]
)
def test_no_logo_opens_the_content_security_policy(world: World, shop: Client, client: Browser, logo: str) -> None:
    Theme.objects.create(
        tenant=world.acme.tenant, realm=world.realm, email_realm_name="Acme", logo_url_light=logo,
        created_at=world.ctx.now, updated_at=world.ctx.now,
    )  # fmt: skip
    page = client.get(doors.path_of(doors.sent_to(client, shop)))
    assert "img-src 'self' data:;" in page["Content-Security-Policy"] + ";"
    assert "script-src *" not in page["Content-Security-Policy"]


def test_addresses_are_built_from_settings_alone(shop: Client, client: Browser) -> None:
    location = doors.path_of(doors.sent_to(client, shop))
    page = client.get(location, headers={"Host": "localhost:1", "X-Forwarded-Host": "evil.test"})
    assert doors.data_of(page)["origin"] == settings.IDENTITY_CLOUD_AUTH_URL
    assert "evil.test" not in page.content.decode()
    assert client.get(location, headers={"Host": "evil.test"}).status_code == 400


@pytest.mark.parametrize(
    ("ui_locales", "accepted", "spoken"),
    [
        (None, "de-AT,en;q=0.5", "de"),
        ("de en", "en", "de"),
        ("xx zz", "de", "de"),
        ("fr-CA de", "de", "fr"),
        ("xx ja", "es", "ja"),
        (None, "it, es;q=0.4, fr;q=0.7", "fr"),
        ("en", "de", "en"),
        (None, "", "en"),
    ],
)
def test_a_page_speaks_as_the_client_wishes_or_the_browser(
    shop: Client, client: Browser, ui_locales: str | None, accepted: str, spoken: str
) -> None:
    path = doors.path_of(doors.sent_to(client, shop, ui_locales=ui_locales))
    page = client.get(path, headers={"Accept-Language": accepted})
    assert f'<html lang="{spoken}">' in page.content.decode()
    assert page["Content-Language"] == spoken
    assert "Accept-Language" in page["Vary"]
