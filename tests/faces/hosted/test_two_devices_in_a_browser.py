"""Two browsers, each with passkeys of its own: one lets the other in, and people look after what they have."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.credentials.models import Credential
from tests import additions, ceremonies
from tests.browser import Desk
from tests.faces.hosted.at_a_desk import READY, accessible, make_passkey, press
from tests.waiting import until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

Sit = Callable[..., Desk]


def home(world: World) -> str:
    return f"/authenticator/v1/tenants/{world.acme.tenant.pk}/realms/{world.realm.pk}/me"


def at_home(world: World, desk: Desk) -> Page:
    """Bob makes a passkey here and signs in to his own page with it."""
    make_passkey(world, desk, world.bob)
    desk.page.goto(home(world))
    expect(desk.page.get_by_role("heading", name="Your passkeys and sign-ins")).to_be_visible()
    return desk.page


def code_on(page: Page) -> str:
    return page.locator(".hosted-code").inner_text()


def heading(page: Page, words: str) -> None:
    """Where a script led, which asks every two seconds."""
    expect(page.get_by_role("heading", level=1, name=words)).to_be_visible()


def test_the_laptop_shows_a_code_approves_the_phone_and_the_phone_signs_in(world: World, sit_down: Sit) -> None:
    additions.let_devices_in(world)
    laptop, phone = sit_down(), sit_down(viewport={"width": 390, "height": 844})
    at_home(world, laptop)
    press(laptop, "Set up other devices")
    accessible(laptop)
    phone.page.goto(f"/authenticator/import?code={code_on(laptop.page)}")
    accessible(phone)
    press(phone, "Continue")
    heading(phone.page, "Approve on your other device")
    heading(laptop.page, "Is this your new device?")
    expect(laptop.page.get_by_text("Chrome on Linux")).to_be_visible()
    accessible(laptop)
    press(laptop, "Approve with your passkey")
    heading(laptop.page, "Go on with the new device")
    heading(phone.page, "Create your passkey")
    press(phone, "Create your passkey")
    phone.page.wait_for_selector(READY)
    heading(laptop.page, "The new device is set up")
    assert Credential.objects.filter(identity=world.bob, state="ACTIVE").count() == 2
    phone.page.get_by_role("link", name="Continue").click()
    heading(phone.page, "Your passkeys and sign-ins")
    expect(phone.page.get_by_role("region", name="Passkeys").get_by_role("listitem")).to_have_count(2)
    accessible(phone)


def test_the_phone_shows_a_code_and_the_laptop_says_no(world: World, sit_down: Sit) -> None:
    additions.let_devices_in(world)
    laptop, phone = sit_down(), sit_down(viewport={"width": 390, "height": 844})
    at_home(world, laptop)
    phone.page.goto("/authenticator/import")
    press(phone, "Show a code on this device instead")
    code = code_on(phone.page)
    laptop.page.goto(f"/authenticator/add?code={code}")
    expect(laptop.page.get_by_label("Code on the other device")).to_have_value(code)
    press(laptop, "Continue")
    heading(laptop.page, "Is this your new device?")
    press(laptop, "No, it is not mine")
    heading(laptop.page, "Nothing was set up")
    heading(phone.page, "Your other device said no")
    accessible(phone)
    assert Credential.objects.filter(identity=world.bob).count() == 1


def test_the_shown_code_is_renewed_by_itself(world: World, desk: Desk) -> None:
    page = at_home(world, desk)
    page.clock.install()
    press(desk, "Set up other devices")
    first = code_on(page)
    expect(page.get_by_text("New code in")).to_be_visible()
    page.clock.fast_forward(61_000)
    expect(page.locator(".hosted-code")).not_to_have_text(first)


def test_a_passkey_is_renamed_and_revoked_and_the_browser_forgets_it(world: World, desk: Desk) -> None:
    page = at_home(world, desk)
    accessible(desk)
    page.get_by_text("Rename", exact=False).first.click()
    page.get_by_label("Name").fill("My laptop")
    press(desk, "Save name")
    expect(page.get_by_text("My laptop").first).to_be_visible()
    assert len(desk.passkeys()) == 1
    page.get_by_role("link", name="Revoke My laptop").click()
    heading(page, "Revoke My laptop?")
    expect(page.get_by_text("This is your last passkey")).to_be_visible()
    accessible(desk)
    press(desk, "Revoke my last passkey")
    heading(page, "You are signed out")
    expect(page.get_by_text("My laptop is revoked")).to_be_visible()
    told = page.evaluate("'signalAllAcceptedCredentials' in PublicKeyCredential")
    assert told
    assert until(lambda: desk.passkeys() == []), "the browser was told, and offers it no more"


def test_without_scripts_all_but_the_proofs_works(world: World, sit_down: Sit) -> None:
    laptop = sit_down()
    at_home(world, laptop)
    cookies = laptop.context.cookies()
    plain = sit_down(java_script_enabled=False)
    plain.context.add_cookies(cookies)  # type: ignore[arg-type]
    plain.page.goto(home(world))
    plain.page.get_by_role("link", name=re.compile("Sign out everywhere")).click()
    press(plain, "Sign out everywhere")
    heading(plain.page, "You are signed out")
    assert not ceremonies.live_sessions(world, world.bob)
